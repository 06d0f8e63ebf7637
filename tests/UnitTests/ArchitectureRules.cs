using System.Reflection;
using System.Runtime.CompilerServices;
using CleanGateway.Application.Common;
using MediatR;

namespace CleanGateway.UnitTests;

/// <summary>The rules of the house as functions: each gives back what breaks it.</summary>
internal static class ArchitectureRules
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private const BindingFlags Shown = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>What people have written; compilers and the migrations' generator do not keep house.</summary>
    public static IEnumerable<Type> WrittenTypes(Assembly assembly) => assembly.GetTypes().Where(type =>
        type.Namespace?.StartsWith("CleanGateway.", StringComparison.Ordinal) == true && !IsGenerated(type)
        && !type.Namespace.EndsWith(".Migrations", StringComparison.Ordinal));

    public static IEnumerable<Type> Handlers(IEnumerable<Type> types) => types.Where(type => !type.IsAbstract && Messages(type).Any());

    public static IEnumerable<string> References(Assembly assembly, params string[] forbidden) => assembly.GetReferencedAssemblies()
        .Select(reference => reference.Name!)
        .Where(name => forbidden.Any(prefix => name == prefix || name.StartsWith(prefix + ".", StringComparison.Ordinal)));

    public static IEnumerable<Type> HandlersThatSendMessages(IEnumerable<Type> types) => Handlers(types).Where(handler =>
        handler.GetConstructors(Everything).SelectMany(constructor => constructor.GetParameters())
            .Any(parameter => typeof(IMediator).IsAssignableFrom(parameter.ParameterType) || parameter.ParameterType == typeof(ServiceFactory)));

    public static IEnumerable<Type> HandlersThatAreNotInternalAndSealed(IEnumerable<Type> types) =>
        Handlers(types).Where(handler => handler.IsVisible || !handler.IsSealed);

    public static IEnumerable<Type> HandlersInTheWrongLayer(IEnumerable<Type> types, Assembly forCommands, Assembly forQueries) =>
        Handlers(types).Where(handler => Messages(handler).Any(message => handler.Assembly != (IsQuery(message) ? forQueries : forCommands)));

    public static IEnumerable<Type> MessagesWithoutOneHandler(IEnumerable<Type> types)
    {
        var all = types.ToList();
        var handled = Handlers(all).SelectMany(Messages).ToLookup(message => message);
        return all.Where(type => !type.IsAbstract && typeof(IBaseRequest).IsAssignableFrom(type) && handled[type].Count() != 1);
    }

    public static IEnumerable<Type> OpenClasses(IEnumerable<Type> types) =>
        types.Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false });

    /// <summary>
    /// A public type is a message, a port or one of the named facades, or it is part of what one of these shows: a result,
    /// a port's argument, an option.
    /// </summary>
    public static IEnumerable<Type> NeedlesslyPublic(IEnumerable<Type> types, IReadOnlyCollection<Type> facades)
    {
        var visible = types.Where(type => type.IsVisible).ToHashSet();
        var reached = new HashSet<Type>();
        var waiting = new Queue<Type>(visible.Where(type => type.IsInterface || typeof(IBaseRequest).IsAssignableFrom(type) || facades.Contains(type)));
        while (waiting.TryDequeue(out var type))
        {
            if (!reached.Add(type))
                continue;

            foreach (var shown in ShownBy(type).SelectMany(Parts).Where(visible.Contains))
                waiting.Enqueue(shown);
        }

        return visible.Except(reached);
    }

    public static IEnumerable<MethodInfo> AsyncVoids(IEnumerable<Type> types) => types.SelectMany(type => type.GetMethods(Everything))
        .Where(method => method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)));

    public static IEnumerable<FieldInfo> MutableStatics(IEnumerable<Type> types) => types.SelectMany(type => type.GetFields(Everything))
        .Where(field => field is { IsStatic: true, IsPrivate: false, IsInitOnly: false, IsLiteral: false } && !IsGenerated(field.DeclaringType!));

    private static IEnumerable<Type> Messages(Type handler) => handler.GetInterfaces()
        .Where(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>))
        .Select(contract => contract.GetGenericArguments()[0]);

    private static bool IsQuery(Type message) =>
        message.GetInterfaces().Any(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IQuery<>));

    private static bool IsGenerated(Type? type) =>
        type is not null && (type.IsDefined(typeof(CompilerGeneratedAttribute)) || IsGenerated(type.DeclaringType));

    private static IEnumerable<Type> ShownBy(Type type) =>
    [
        .. type.GetInterfaces(),
        .. type.BaseType is { } parent ? [parent] : Type.EmptyTypes,
        .. type.GetNestedTypes(),
        .. type.GetProperties(Shown).Select(property => property.PropertyType),
        .. type.GetFields(Shown).Select(field => field.FieldType),
        .. type.GetConstructors(Shown).SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType),
        .. type.GetMethods(Shown).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)),
    ];

    // IReadOnlyList<T>? shows T.
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);

        var plain = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return type.GetGenericArguments().SelectMany(Parts).Append(plain);
    }
}

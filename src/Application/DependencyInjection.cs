using System.Reflection;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Telemetry;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace CleanGateway.Application;

public static class DependencyInjection
{
    public static IServiceCollection AddApplication(this IServiceCollection services) => services
        .AddSingleton<GatewayMetrics>()
        .AddSingleton<GenAiMetrics>()
        .AddSingleton<JournalWaits>()
        .AddSingleton<Shutdown>()
        .AddSingleton<CallRecorder>()
        .AddSingleton<InferenceCalls>()
        .AddScoped<Operation>()
        .AddMediator()
        .AddHandlersFrom(typeof(DependencyInjection).Assembly);

    /// <summary>Registers an assembly's handlers and validators; Infrastructure calls it too, for its query handlers.</summary>
    public static IServiceCollection AddHandlersFrom(this IServiceCollection services, Assembly assembly)
    {
        foreach (var type in assembly.GetTypes().Where(type => type is { IsAbstract: false, IsGenericTypeDefinition: false }))
        {
            foreach (var contract in type.GetInterfaces().Where(IsHandlerOrValidator))
                services.AddScoped(contract, type);
        }

        return services;
    }

    // MediatR 5 knows no container: it asks this delegate. The first behaviour registered is the outermost.
    private static IServiceCollection AddMediator(this IServiceCollection services) => services
        .AddScoped<ServiceFactory>(provider => provider.GetRequiredService)
        .AddScoped<IMediator, Mediator>()
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(LoggingBehaviour<,>))
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(RecordingBehaviour<,>))
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(OperationBehaviour<,>))
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(ValidationBehaviour<,>))
        .AddScoped(typeof(IPipelineBehavior<,>), typeof(IdempotencyBehaviour<,>));

    private static bool IsHandlerOrValidator(Type contract) =>
        contract.IsGenericType
        && (contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>) || contract.GetGenericTypeDefinition() == typeof(IValidator<>));
}

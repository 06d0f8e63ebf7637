using System.Reflection;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Persistence.Embedded;
using CleanGateway.Infrastructure.Security;
using static CleanGateway.UnitTests.ArchitectureRules;

namespace CleanGateway.UnitTests;

/// <summary>The rules of the house that the compiler cannot keep. A failure names the type that broke one.</summary>
public class ArchitectureTests
{
    private static readonly Assembly Domain = typeof(GatewayError).Assembly;
    private static readonly Assembly Application = typeof(IUnitOfWork).Assembly;
    private static readonly Assembly Infrastructure = typeof(GatewaySettings).Assembly;
    private static readonly Assembly Api = typeof(CleanGateway.Api.GatewayApp).Assembly;
    private static readonly List<Type> OurTypes = [.. new[] { Domain, Application, Infrastructure, Api }.SelectMany(WrittenTypes)];
    private static readonly Type[] Offenders = typeof(ArchitectureOffenders).GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic);

    // What the outer layers call without a message or a port. A new one is a decision, made here.
    private static readonly Type[] Facades =
    [
        typeof(CleanGateway.Application.DependencyInjection), typeof(ErrorBody), typeof(GatewayMetrics), typeof(JsonEdits), typeof(Shutdown), typeof(StrictJson),
        typeof(Operation), typeof(Page), typeof(CleanGateway.Domain.AdminTokens.AdminRoles),
        typeof(CleanGateway.Application.RequestLogs.JournalWaits), typeof(CleanGateway.Application.Inference.ApiFormats),
        typeof(CleanGateway.Infrastructure.DependencyInjection), typeof(CleanGateway.Infrastructure.GatewayStartExtensions), typeof(GatewaySettings),
        typeof(CleanGateway.Infrastructure.ConfigChecks.ConfigCheck), typeof(SettingsSources), typeof(SettingsList), typeof(StartException), typeof(MasterKeys), typeof(EmbeddedPostgres),
        typeof(DataFolder), typeof(DatabaseAdministration),
        typeof(CleanGateway.Infrastructure.Validation.GatewayValidation), typeof(CleanGateway.Infrastructure.Validation.EvidenceFolder),
        typeof(CleanGateway.Infrastructure.Archive.ArchiveReplay),
    ];

    [Fact]
    public void The_domain_needs_nothing_but_the_language() =>
        Domain.GetReferencedAssemblies().Select(reference => reference.Name)
            .Should().OnlyContain(name => name!.StartsWith("System.", StringComparison.Ordinal));

    [Fact]
    public void The_application_knows_neither_web_nor_database() =>
        References(Application, "Microsoft.AspNetCore", "Microsoft.EntityFrameworkCore", "Npgsql", "StackExchange", "CleanGateway.Infrastructure", "cleangateway")
            .Should().BeEmpty();

    [Fact]
    public void The_infrastructure_does_not_know_who_calls_it() => References(Infrastructure, "cleangateway").Should().BeEmpty();

    [Fact]
    public void Assemblies_that_know_too_much_are_noticed()
    {
        References(Api, "CleanGateway.Infrastructure").Should().ContainSingle();
        References(Infrastructure, "Npgsql", "Microsoft.EntityFrameworkCore").Should().NotBeEmpty();
    }

    [Fact]
    public void A_handler_never_sends_another_message()
    {
        HandlersThatSendMessages(OurTypes).Should().BeEmpty("a call passes the mediator once, on its way in");
        HandlersThatSendMessages(Offenders).Should().Equal(typeof(ArchitectureOffenders.SendsAnotherMessage));
    }

    [Fact]
    public void Handlers_are_internal_and_sealed()
    {
        HandlersThatAreNotInternalAndSealed(OurTypes).Should().BeEmpty();
        HandlersThatAreNotInternalAndSealed(Offenders)
            .Should().BeEquivalentTo([typeof(ArchitectureOffenders.IsPublic), typeof(ArchitectureOffenders.IsOpen)]);
    }

    [Fact]
    public void Command_handlers_live_in_the_application_and_query_handlers_in_the_infrastructure()
    {
        HandlersInTheWrongLayer(OurTypes, forCommands: Application, forQueries: Infrastructure).Should().BeEmpty();

        var here = typeof(ArchitectureTests).Assembly;
        HandlersInTheWrongLayer(Offenders, forCommands: here, forQueries: Infrastructure)
            .Should().BeEquivalentTo([typeof(ArchitectureOffenders.IsOpen), typeof(ArchitectureOffenders.Heir)]);
        HandlersInTheWrongLayer(Offenders, forCommands: Application, forQueries: here)
            .Should().BeEquivalentTo([typeof(ArchitectureOffenders.SendsAnotherMessage), typeof(ArchitectureOffenders.IsPublic)]);
    }

    [Fact]
    public void Every_message_has_one_handler()
    {
        MessagesWithoutOneHandler(OurTypes).Should().BeEmpty();
        MessagesWithoutOneHandler(Offenders).Should().Contain([typeof(ArchitectureOffenders.Unhandled), typeof(ArchitectureOffenders.Command)]);
    }

    [Fact]
    public void Classes_are_sealed_abstract_or_static()
    {
        OpenClasses(OurTypes).Should().BeEmpty();
        OpenClasses(Offenders).Should().Equal(typeof(ArchitectureOffenders.IsOpen));
    }

    [Fact]
    public void Only_messages_ports_facades_and_what_they_show_are_public()
    {
        NeedlesslyPublic([.. WrittenTypes(Application), .. WrittenTypes(Infrastructure)], Facades).Should().BeEmpty();

        NeedlesslyPublic(Offenders, [])
            .Should().Contain(typeof(ArchitectureOffenders.NobodyShowsIt)).And.NotContain(typeof(ArchitectureOffenders.ShownByAPort));
        NeedlesslyPublic(Offenders, [typeof(ArchitectureOffenders.NobodyShowsIt)])
            .Should().NotContain(typeof(ArchitectureOffenders.NobodyShowsIt));
    }

    [Fact]
    public void Every_facade_is_one() => Facades.Should().OnlyContain(type => type.IsVisible);

    [Fact]
    public void Nothing_is_async_and_void()
    {
        AsyncVoids(OurTypes.Concat(Generated)).Should().BeEmpty("its failure would end the process");

        var offenders = typeof(ArchitectureOffenders.Forgets).GetNestedTypes(BindingFlags.NonPublic).Append(typeof(ArchitectureOffenders.Forgets));
        AsyncVoids(offenders).Should().HaveCount(2, "one is a method and one a lambda");
    }

    [Fact]
    public void Nothing_static_can_be_changed_from_outside()
    {
        MutableStatics(OurTypes).Should().BeEmpty();
        MutableStatics([typeof(ArchitectureOffenders)]).Select(field => field.Name)
            .Should().BeEquivalentTo(nameof(ArchitectureOffenders.MutableForAll), nameof(ArchitectureOffenders.MutableForUs));
    }

    [Fact]
    public void Every_rule_above_looks_at_something()
    {
        foreach (var assembly in new[] { Domain, Application, Infrastructure, Api })
            WrittenTypes(assembly).Should().HaveCountGreaterThan(20, "{0} is a layer", assembly.GetName().Name);

        Handlers(OurTypes).Should().HaveCountGreaterThan(10);
        Handlers(OurTypes).Where(handler => handler.Assembly == Application).Should().HaveCountGreaterThan(3);
        Handlers(OurTypes).Where(handler => handler.Assembly == Infrastructure).Should().HaveCountGreaterThan(3);
        Generated.Should().HaveCountGreaterThan(20);
        OurTypes.Where(type => type.IsVisible).Should().HaveCountGreaterThan(30);
        OurTypes.SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Should().HaveCountGreaterThan(30);
    }

    // Lambdas and state machines: where async methods hide.
    private static IEnumerable<Type> Generated => new[] { Domain, Application, Infrastructure, Api }
        .SelectMany(assembly => assembly.GetTypes()).Where(type => type.Name.StartsWith('<') && type.DeclaringType is not null);
}

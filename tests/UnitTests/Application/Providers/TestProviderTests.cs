using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Providers;

public class TestProviderTests
{
    private readonly IProviderRepository providers = Substitute.For<IProviderRepository>();
    private readonly IProviderProbe probe = Substitute.For<IProviderProbe>();
    private readonly IAuditRecords audit = Substitute.For<IAuditRecords>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();

    [Fact]
    public async Task A_test_is_on_record_before_it_is_made()
    {
        var provider = Provider.Register(new ProviderId(new Guid(1, 2, 3, new byte[8])), "main", "openai", "{}", ProviderSource.Operator, default);
        providers.FindAsync(provider.Id, Arg.Any<CancellationToken>()).Returns(provider);
        probe.AskAsync(provider.Id, "m", Arg.Any<CancellationToken>()).Returns(new ProviderTest(TestOutcome.Timeout, null, 10_000));

        var test = await HandleAsync(new TestProvider { Id = provider.Id.Value, Model = "m" });

        test.Should().Be(new ProviderTest(TestOutcome.Timeout, null, 10_000));
        Received.InOrder(() =>
        {
            audit.Add(Arg.Is<AuditedChange>(change => change.TargetType == "provider" && change.TargetId == provider.Id.ToString() && change.Columns.Count == 0));
            unitOfWork.SaveChangesAsync(Arg.Any<CancellationToken>());
            probe.AskAsync(provider.Id, "m", Arg.Any<CancellationToken>());
        });
    }

    [Fact]
    public async Task What_is_not_there_is_not_asked()
    {
        var test = () => HandleAsync(new TestProvider());

        (await test.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("provider_not_found");
        probe.ReceivedCalls().Should().BeEmpty();
    }

    private Task<ProviderTest> HandleAsync(TestProvider command) =>
        new TestProviderHandler(providers, probe, audit, unitOfWork).Handle(command, CancellationToken.None);
}

using CleanGateway.Infrastructure.Configuration;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Faults;

/// <summary>Tests that hurt PostgreSQL, or the network to it. Callers must not feel it.</summary>
[Collection(FaultServerCollection.Name)]
public abstract class FaultTestOfDatabase(FaultServer server, GatewayFixture gateway) : FaultTest(gateway)
{
    private protected FaultServer Server => server;
    private protected FaultProxy Network { get; } = new(server.Url.Port);
    private protected override DatabaseUrl DatabaseUrl => TestDatabase.At(Database.Url, port: Network.Port);

    public override async ValueTask DisposeAsync()
    {
        Network.Heal();
        await base.DisposeAsync();
        await Network.DisposeAsync();
    }

    private protected override Task<TestDatabase> CreateDatabaseAsync() => TestDatabase.CreateAsync(server.Database, server.Url);

    /// <summary>Every call was answered, and none has died.</summary>
    private protected async Task EndsAsIfNothingHadBeenAsync(GatewayProcess running)
    {
        (await EndsEvenAsync(running)).Crashed.Should().Be(0);
        Books.Entries.Should().OnlyContain(call => call.Succeeded);
    }
}

/// <summary>Tests that share the server which is hurt, one at a time.</summary>
[CollectionDefinition(Name)]
public sealed class FaultServerCollection : ICollectionFixture<FaultServer>
{
    public const string Name = "fault server";
}

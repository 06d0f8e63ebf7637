using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.Persistence.Embedded;

namespace CleanGateway.Api.CommandLine;

/// <summary>
/// The database a command works on: the operator's, the private one of a running gateway, or the private one started
/// for as long as the command runs.
/// </summary>
internal sealed class CommandDatabase : IAsyncDisposable
{
    private readonly DataFolder? folder;
    private readonly EmbeddedPostgres? embedded;

    private CommandDatabase(DatabaseUrl url, DatabaseUrl? owner, DataFolder? folder = null, EmbeddedPostgres? embedded = null)
    {
        Url = url;
        OwnerUrl = owner ?? url;
        this.folder = folder;
        this.embedded = embedded;
    }

    public DatabaseUrl Url { get; }

    /// <summary>For what only the owner of the tables may do.</summary>
    public DatabaseUrl OwnerUrl { get; }

    public static async Task<CommandDatabase> OpenAsync(GatewaySettings settings, CancellationToken cancellationToken)
    {
        if (await FindAsync(settings, cancellationToken) is { } url)
            return new CommandDatabase(url, settings.MigrationDatabase);

        var folder = DataFolder.Take(settings);
        try
        {
            var embedded = await EmbeddedPostgres.StartAsync(settings, Console.Error.WriteLine, cancellationToken);
            return new CommandDatabase(embedded.Url, owner: null, folder, embedded);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Null when it is a private one that does not run.</summary>
    public static async Task<DatabaseUrl?> FindAsync(GatewaySettings settings, CancellationToken cancellationToken) =>
        settings.Database ?? await EmbeddedPostgres.FindRunningAsync(settings, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (embedded is not null)
            await embedded.DisposeAsync();

        folder?.Dispose();
    }
}

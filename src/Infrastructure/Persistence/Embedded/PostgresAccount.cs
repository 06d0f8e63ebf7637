using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Persistence.Embedded;

/// <summary>The user PostgreSQL runs as: the gateway's own, or another where that is root, as whom PostgreSQL refuses to run.</summary>
/// <param name="Name">Null for the gateway's own user.</param>
internal sealed record PostgresAccount(string? Name)
{
    private static readonly string[] Unprivileged = ["postgres", "nobody"];


    public static async Task<PostgresAccount> FindAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return new PostgresAccount(Name: null);

        foreach (var name in Unprivileged)
        {
            if ((await Command.RunAsync("id", ["-u", name], cancellationToken)).ExitCode == 0)
                return new PostgresAccount(name);
        }

        throw new StartException("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as: "
            + "start the gateway as another user, or set DATABASE_URL");
    }

    public Task<Command.Result> RunAsync(string program, IEnumerable<string> arguments, string? input, CancellationToken cancellationToken) => Name is null
        ? Command.RunAsync(program, arguments, input, cancellationToken)
        : Command.RunAsync("setpriv", [$"--reuid={Name}", $"--regid={Name}", "--clear-groups", "--", program, .. arguments], input, cancellationToken);

    /// <summary>Makes a folder that only the account can use, and the folders above it as they are usual.</summary>
    public async Task MakeFolderAsync(string path, CancellationToken cancellationToken)
    {
        string[] owner = Name is null ? [] : ["-o", Name];
        var made = await Command.RunAsync("install", ["-d", "-m", "0700", .. owner, path], cancellationToken);
        if (made.ExitCode != 0)
            throw new StartException($"The folder {path} cannot be made: {made.Complaint}");
    }

    public async Task<bool> CanUseAsync(string folder, CancellationToken cancellationToken) =>
        (await RunAsync("test", ["-w", folder, "-a", "-x", folder], input: null, cancellationToken)).ExitCode == 0;
}

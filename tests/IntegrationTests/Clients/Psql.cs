using CleanGateway.Infrastructure.Persistence.Embedded;

namespace CleanGateway.IntegrationTests.Clients;

/// <summary>
/// The folder of psql itself. What is on the path of a Debian is a script that looks for it, which takes longer than
/// most of our queries.
/// </summary>
internal static class Psql
{
    private static readonly Lazy<Task<string?>> Found = new(FindAsync);

    /// <summary>A path for a shell, with psql's own folder before all others.</summary>
    public static async Task<string> PathAsync()
    {
        var usual = Environment.GetEnvironmentVariable("PATH") ?? "";
        return await Found.Value is { } folder ? folder + Path.PathSeparator + usual : usual;
    }

    public static async Task<string> ProgramAsync() => Path.Combine(await Found.Value ?? "", "psql");

    private static async Task<string?> FindAsync()
    {
        var programs = await PostgresPrograms.FindAsync(folder: null, wanted: null, CancellationToken.None);
        return File.Exists(programs.Path("psql")) ? programs.Folder : null;
    }
}

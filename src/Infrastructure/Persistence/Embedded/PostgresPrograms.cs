using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Infrastructure.Persistence.Embedded;

/// <summary>The folder with <c>postgres</c>, <c>initdb</c> and <c>pg_ctl</c> of one PostgreSQL version.</summary>
internal sealed record PostgresPrograms(string Folder, int Version)
{
    private const int OldestVersion = 15;
    private static readonly string[] Needed = ["postgres", "initdb", "pg_ctl"];

    // Where distributions put them; the star stands for a version.
    private static readonly string[] UsualFolders =
    [
        "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin",
    ];

    public string Path(string program) => System.IO.Path.Combine(Folder, program);

    /// <param name="folder">Where the operator says they are; null to look for them.</param>
    /// <param name="wanted">The version a cluster was made by; null when there is none yet and the newest will do.</param>
    /// <exception cref="StartException">There are none.</exception>
    public static async Task<PostgresPrograms> FindAsync(string? folder, int? wanted, CancellationToken cancellationToken)
    {
        var found = new List<PostgresPrograms>();
        foreach (var candidate in folder is null ? Candidates() : [folder])
        {
            if (Needed.All(program => File.Exists(System.IO.Path.Combine(candidate, program)))
                && await VersionOfAsync(candidate, cancellationToken) is { } version)
            {
                found.Add(new PostgresPrograms(candidate, version));
            }
        }

        return found.Where(programs => wanted is null ? programs.Version >= OldestVersion : programs.Version == wanted).MaxBy(programs => programs.Version)
            ?? throw new StartException(Missing(folder, wanted, found));
    }

    private static string Missing(string? folder, int? wanted, List<PostgresPrograms> found)
    {
        var version = wanted is null ? $"PostgreSQL {OldestVersion} or newer" : $"PostgreSQL {wanted}, which made the database there is,";
        var where = folder is null ? "PATH or the usual folders" : $"POSTGRES_BIN {folder}";
        var others = found.Count == 0 ? "" : $" (found: {string.Join(", ", found.Select(programs => programs.Version))})";
        return $"{version} was not found in {where}{others}: install it (Debian, Ubuntu: apt-get install postgresql), "
            + "set POSTGRES_BIN to the folder of initdb and postgres, or set DATABASE_URL to a server you have";
    }

    // Debian puts links on the PATH at best; the programs find their libraries from where they really are.
    private static IEnumerable<string> Candidates()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => System.IO.Path.Combine(folder, "postgres"))
            .Where(File.Exists)
            .Select(program => File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program)
            .Select(program => System.IO.Path.GetDirectoryName(program)!);
        return onPath.Concat(UsualFolders.SelectMany(Expand)).Distinct(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Expand(string pattern)
    {
        var star = pattern.IndexOf('*', StringComparison.Ordinal);
        if (star < 0)
            return Directory.Exists(pattern) ? [pattern] : [];

        var parent = pattern[..pattern.LastIndexOf('/', star)];
        var rest = pattern[(parent.Length + 1)..].Split('/', 2);
        return Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent, rest[0]).Select(folder => System.IO.Path.Combine(folder, rest[1])).Where(Directory.Exists)
            : [];
    }

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    private static async Task<int?> VersionOfAsync(string folder, CancellationToken cancellationToken)
    {
        var answer = await Command.RunAsync(System.IO.Path.Combine(folder, "postgres"), ["--version"], cancellationToken);
        return answer.Output.Split(' ') is [_, "(PostgreSQL)", var version, ..] && int.TryParse(version.Split('.')[0].TrimEnd(), out var major) ? major : null;
    }
}

using System.CommandLine;
using System.Diagnostics;
using CleanGateway.Api.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway db …</c></summary>
internal static class DatabaseCommands
{
    private const int Success = 0;
    private const int Failure = 1;

    public static Command Create()
    {
        var db = new Command("db", "Look after the database.");

        var migrate = new Command("migrate", "Make the database where it is missing, and bring it to this version's schema.");
        migrate.SetAction((_, cancellationToken) => MigrateAsync(cancellationToken));
        db.Subcommands.Add(migrate);

        var validate = new Command("validate", "Compare the live schema with the one this version needs. Exit code 1 if they differ.");
        validate.SetAction((_, cancellationToken) => ValidateAsync(cancellationToken));
        db.Subcommands.Add(validate);

        var partitions = new Command("partitions", "Show the partitions: their bounds, rows and bytes. Exit code 1 if a default partition is not empty.");
        partitions.SetAction((_, cancellationToken) => PartitionsAsync(cancellationToken));
        db.Subcommands.Add(partitions);

        var maintain = new Command(
            "maintain", "Make the partitions of the days to come and drop those past their retention, once: for cron or a systemd timer.");
        maintain.SetAction((_, cancellationToken) => MaintainAsync(cancellationToken));
        db.Subcommands.Add(maintain);

        var url = new Command("url", "Print the connection URL of the database in use, password included.");
        url.SetAction((_, cancellationToken) => PrintUrlAsync(cancellationToken));
        db.Subcommands.Add(url);

        var arguments = new Argument<string[]>("args") { Description = "Arguments for psql, after --", Arity = ArgumentArity.ZeroOrMore };
        var psql = new Command("psql", "Open psql on the database in use: cleangateway db psql -- -c 'SELECT 1'") { arguments };
        psql.SetAction((parsed, cancellationToken) => PsqlAsync(parsed.GetValue(arguments) ?? [], cancellationToken));
        db.Subcommands.Add(psql);

        return db;
    }

    private static async Task<int> MigrateAsync(CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);
        using var loggers = LoggerFactory.Create(logging => logging.AddGatewayLog(LogLevel.Warning));

        var applied = await DatabaseAdministration.MigrateAsync(database.OwnerUrl, loggers, TimeProvider.System, cancellationToken);
        Console.WriteLine(applied == 0 ? $"{database.OwnerUrl} is up to date" : $"{database.OwnerUrl}: {applied} migrations applied");
        return Success;
    }

    private static async Task<int> MaintainAsync(CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);
        using var loggers = LoggerFactory.Create(logging => logging.AddGatewayLog(LogLevel.Warning));

        var (made, dropped) = await DatabaseAdministration.MaintainAsync(
            database.OwnerUrl, settings, loggers, TimeProvider.System, cancellationToken);
        foreach (var name in made)
            Console.WriteLine($"made {name}");
        foreach (var name in dropped)
            Console.WriteLine($"dropped {name}");
        if (made.Count + dropped.Count == 0)
            Console.WriteLine("All partitions are as they should be");
        return Success;
    }

    private static async Task<int> ValidateAsync(CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        var differences = await DatabaseAdministration.ValidateAsync(database.Url, cancellationToken);
        foreach (var difference in differences)
            Console.WriteLine(difference);

        Console.WriteLine(differences.Count switch
        {
            0 => $"{database.Url} has the schema of this version",
            1 => "1 difference",
            var count => $"{count} differences",
        });
        return differences.Count == 0 ? Success : Failure;
    }

    private static async Task<int> PartitionsAsync(CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        var partitions = await DatabaseAdministration.PartitionsAsync(database.Url, cancellationToken);
        var width = partitions.Select(partition => partition.Name.Length).DefaultIfEmpty().Max();
        foreach (var partition in partitions)
        {
            var rows = partition.IsDefault ? $"{partition.Rows} rows" : $"about {partition.Rows} rows";
            Console.WriteLine($"{partition.Name.PadRight(width)}  {rows,20}  {partition.Bytes,14} bytes  {partition.Bounds}");
        }

        var stray = partitions.Where(partition => partition is { IsDefault: true, Rows: > 0 }).ToList();
        foreach (var partition in stray)
        {
            await Console.Error.WriteLineAsync(
                $"{partition.Name} has {partition.Rows} rows that belong in partitions of their own; a running gateway makes these within an hour");
        }

        return stray.Count == 0 ? Success : Failure;
    }

    private static async Task<int> PrintUrlAsync(CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        var url = await CommandDatabase.FindAsync(settings, cancellationToken)
            ?? throw new StartException($"The private PostgreSQL of {settings.DataDirectory} is not running: start the gateway, or set DATABASE_URL");
        Console.WriteLine(url.Reveal());
        return Success;
    }

    private static async Task<int> PsqlAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var settings = CommandSettings.Read();
        await using var database = await CommandDatabase.OpenAsync(settings, cancellationToken);

        // By the environment: arguments are there for every user of the machine to see.
        var start = new ProcessStartInfo("psql", arguments);
        foreach (var (name, value) in database.Url.ToLibpqVariables())
            start.Environment[name] = value;

        try
        {
            using var psql = Process.Start(start)!;
            await psql.WaitForExitAsync(CancellationToken.None);   // an interrupt is psql's to handle
            return psql.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new StartException("psql was not found: install it (Debian, Ubuntu: apt-get install postgresql-client)", missing);
        }
    }
}

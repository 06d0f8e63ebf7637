using System.CommandLine;
using System.CommandLine.Parsing;
using CleanGateway.Infrastructure.Configuration;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace CleanGateway.Api.CommandLine;

/// <summary>The command line <c>cleangateway</c>: <c>serve</c> without a command, and what operators need beside it.</summary>
internal static class GatewayCommandLine
{
    private const int Failure = 1;

    /// <param name="replace">As for <see cref="GatewayApp.Build"/>.</param>
    public static async Task<int> RunAsync(string[] args, Action<IServiceCollection>? replace = null)
    {
        // Signals end the gateway by its own rules, in its own time; everything else is theirs at once.
        using var signals = new StopSignals();
        var root = new RootCommand("CleanGateway: one OpenAI-compatible API in front of every model provider.");
        var config = new Option<FileInfo>("--config")
        {
            Description = "File of settings, like config.yaml in the working folder. The environment and .env win over it",
            HelpName = "file",
            Recursive = true,
        };
        root.Options.Add(config);
        root.SetAction((_, cancellationToken) => ServeCommand.RunAsync(cancellationToken, signals.Hurry, replace));

        var serve = new Command("serve", "Run the gateway. Settings come from the environment, from .env and config.yaml in the working folder, or from the file of --config.");
        serve.SetAction((_, cancellationToken) => ServeCommand.RunAsync(cancellationToken, signals.Hurry, replace));
        root.Subcommands.Add(serve);
        root.Subcommands.Add(DatabaseCommands.Create());
        root.Subcommands.Add(KeyCommands.Create());
        root.Subcommands.Add(TokenCommands.Create());
        root.Subcommands.Add(ProjectCommands.Create());
        root.Subcommands.Add(UsageCommand.Create());
        root.Subcommands.Add(LogCommands.Create());
        root.Subcommands.Add(BudgetCommands.Create());
        root.Subcommands.Add(ArchiveCommands.Create());
        root.Subcommands.Add(AuditCommands.Create());
        root.Subcommands.Add(ProviderCommands.Create());
        root.Subcommands.Add(ModelCommands.Create());
        root.Subcommands.Add(AliasCommands.Create());
        root.Subcommands.Add(SecretCommands.Create());
        root.Subcommands.Add(ImportLiteLlmCommand.Create());
        root.Subcommands.Add(ConfigCommands.Create());
        root.Subcommands.Add(HealthCommand.Create());
        root.Subcommands.Add(ValidateCommand.Create());

        try
        {
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            var parsed = root.Parse(args);

            // The option is the variable by another way: whatever the command does and starts reads the same file.
            if (parsed.Errors.Count == 0 && parsed.GetValue(config) is { } file)
                Environment.SetEnvironmentVariable(SettingsSources.ConfigVariable, file.FullName);
            var exitCode = await parsed.InvokeAsync(invocation, signals.Token);

            // Whoever asks whether a gateway works must not take a misspelt option for a no.
            var isValidation = parsed.CommandResult is { Command.Name: ValidateCommand.Name, Parent: CommandResult { Command: RootCommand } };
            return isValidation && parsed.Errors.Count > 0 && exitCode != 0 ? ValidateCommand.NotTried : exitCode;
        }
        catch (StartException problem)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return Failure;
        }
        catch (Exception failure) when (failure is NpgsqlException or DbUpdateException)
        {
            await Console.Error.WriteLineAsync($"The database refused: {failure.GetBaseException().Message}");
            return Failure;
        }
        catch (OperationCanceledException)
        {
            return Failure;
        }
    }
}

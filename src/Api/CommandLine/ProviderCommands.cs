using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary><c>cleangateway providers …</c></summary>
internal static class ProviderCommands
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int Texts = 7;

    private static readonly string[] Header = ["id", "name", "type", "enabled", "source", "credentials", "base_url"];

    public static Command Create() => new("providers", "Look after providers: accounts with vendors, and servers of one's own.")
    {
        ListCommand(), CreateCommand(), ChangeCommand(), SetCredentialsCommand(), TestCommand(), DeleteCommand(),
    };

    private static Argument<string> Name() => new("name") { Description = "The provider's name" };

    private static Command ListCommand()
    {
        var json = CommandOutput.JsonOption();
        var list = new Command("list", "Show the providers; of their credentials only whether there are some, and how they end or where they come from.") { json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var providers = await CommandMessages.SendAsync(
                (mediator, cancelled) => mediator.AllAsync(page => new ListProviders(page), cancelled), cancellationToken);
            CommandOutput.WriteList(providers, parsed.GetValue(json), Header, Cells, Texts);
            return Success;
        });
        return list;
    }

    private static Command CreateCommand()
    {
        var name = Name();
        var type = new Option<string>("--type") { Description = "openai, openai_compatible, azure, anthropic, gemini, vertex_ai, bedrock or echo", Required = true };
        var displayName = new Option<string?>("--display-name") { Description = "What people are shown" };
        var (config, credentials, json) = (new ProviderConfigOptions(), new CredentialOptions(), CommandOutput.JsonOption());
        var create = new Command("create", "Make a provider and print its id.") { name, type, displayName, json };
        config.AddTo(create);
        credentials.AddTo(create);
        create.SetAction(async (parsed, cancellationToken) =>
        {
            var provider = await CommandMessages.SendAsync(
                new CreateProvider(
                    parsed.GetRequiredValue(name), parsed.GetRequiredValue(type), parsed.GetValue(displayName), config.Read(parsed),
                    await credentials.ReadAsync(parsed, cancellationToken)),
                cancellationToken, withMasterKey: true);
            Write(provider, parsed.GetValue(json));
            return Success;
        });
        return create;
    }

    private static Command ChangeCommand()
    {
        var name = Name();
        var newName = new Option<string?>("--name") { Description = "Another name for it" };
        var displayName = new Option<string?>("--display-name") { Description = "What people are shown; none takes it away" };
        var enabled = new Option<bool?>("--enabled") { Description = "false: it serves nothing" };
        var (config, credentials, json) = (new ProviderConfigOptions(), new CredentialOptions(), CommandOutput.JsonOption());
        var change = new Command("change", "Change a provider; what is not named stays as it is.") { name, newName, displayName, enabled, json };
        config.AddTo(change);
        credentials.AddTo(change);
        change.SetAction(async (parsed, cancellationToken) =>
        {
            var (newConfig, newCredentials) = (config.Read(parsed), await credentials.ReadAsync(parsed, cancellationToken));
            var provider = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new ChangeProvider
                    {
                        Id = (await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled)).Id,
                        Name = CommandChanges.Of(parsed, newName),
                        DisplayName = CommandChanges.OrNone(parsed, displayName),
                        Enabled = CommandChanges.Of(parsed, enabled),
                        Config = newConfig is { } changed ? changed : default(Change<JsonElement>),
                        Credentials = newCredentials is { } entered ? entered : default(Change<JsonElement>),
                    },
                    cancelled),
                cancellationToken, withMasterKey: true);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(provider);
            return Success;
        });
        return change;
    }

    private static Command SetCredentialsCommand()
    {
        var name = Name();
        var (credentials, json) = (new CredentialOptions(), CommandOutput.JsonOption());
        var set = new Command("set-credentials", "Give a provider credentials in the place of those it has. They are never shown again.") { name, json };
        credentials.AddTo(set);
        set.SetAction(async (parsed, cancellationToken) =>
        {
            var entered = await credentials.ReadAsync(parsed, cancellationToken)
                ?? throw new StartException("Expected one of --credentials-file, --api-key-stdin and --api-key");
            var provider = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new SetProviderCredentials((await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled)).Id, entered, Precondition.Any), cancelled),
                cancellationToken, withMasterKey: true);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(provider);
            return Success;
        });
        return set;
    }

    private static Command TestCommand()
    {
        var name = Name();
        var model = new Option<string?>("--model") { Description = "A model, an alias, or the provider's own name of one, to be asked for one token" };
        var json = CommandOutput.JsonOption();
        var test = new Command("test", "Ask a provider something small, from this machine, and print which sort of answer came.") { name, model, json };
        test.SetAction(async (parsed, cancellationToken) =>
        {
            var result = await CommandMessages.SendAsync(
                async (mediator, cancelled) => await mediator.Send(
                    new TestProvider { Id = (await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled)).Id, Model = parsed.GetValue(model) },
                    cancelled),
                cancellationToken, withMasterKey: true);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(result);
            else
                Console.WriteLine($"{result.Outcome.ToSnakeCase()}{(result.Status is { } status ? $" ({status})" : "")}, {result.LatencyMs} ms");

            return result.Outcome == TestOutcome.Ok ? Success : Failure;
        });
        return test;
    }

    private static Command DeleteCommand()
    {
        var name = Name();
        var credentialsOnly = new Option<bool>("--credentials-only") { Description = "Take only its credentials away" };
        var json = CommandOutput.JsonOption();
        var delete = new Command("delete", "Take a provider away that no alias leads to.") { name, credentialsOnly, json };
        delete.SetAction(async (parsed, cancellationToken) =>
        {
            var gone = await CommandMessages.SendAsync(
                async (mediator, cancelled) =>
                {
                    var provider = await FindAsync(mediator, parsed.GetRequiredValue(name), cancelled);
                    ICommand<Unit> command = parsed.GetValue(credentialsOnly)
                        ? new DeleteProviderCredentials(provider.Id, Precondition.Any)
                        : new DeleteProvider(provider.Id, Precondition.Any);
                    await mediator.Send(command, cancelled);
                    return provider;
                },
                cancellationToken);
            if (parsed.GetValue(json))
                CommandOutput.WriteJson(new { gone.Id });
            return Success;
        });
        return delete;
    }

    private static async Task<ProviderItem> FindAsync(IMediator mediator, string name, CancellationToken cancellationToken) =>
        (await mediator.Send(new ListProviders(new PageRequest(), name), cancellationToken)).Data is [var provider]
            ? provider
            : throw new StartException($"There is no provider '{name}': `cleangateway providers list` shows those there are");

    private static void Write(ProviderItem provider, bool asJson)
    {
        if (asJson)
            CommandOutput.WriteJson(provider);
        else
            Console.WriteLine(provider.Id);
    }

    private static IReadOnlyList<string> Cells(ProviderItem provider) =>
    [
        provider.Id.ToString(), provider.Name, provider.ProviderType, provider.Enabled ? "yes" : "no", provider.Source,
        provider.Credentials switch
        {
            { Set: false } => "none",
            { Hint: null } => "set",
            { Hint.Length: 4 } ends => $"…{ends.Hint}",
            { Hint: var hint } => hint,
        },
        JsonNode.Parse(provider.Config.Text)?["base_url"]?.ToString() ?? "-",
    ];
}

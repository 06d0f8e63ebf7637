using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.ProviderAdapters.Bridges;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;

namespace CleanGateway.Infrastructure.Snapshots;

/// <summary>Makes a <see cref="GatewaySnapshot"/> of the configuration's rows.</summary>
internal sealed class SnapshotCompiler(
    ProviderReader reader, UpstreamAdapters adapters, UpstreamConnections connections, UpstreamCredentialStore credentials, GatewaySettings settings, TimeProvider clock)
{
    // One configuration is compiled at a time.
    private Dictionary<Guid, (ProviderRow Row, UpstreamAccount Account)> lastRead = [];

    private static readonly ProviderId EchoId = new(new Guid("00000000-0000-0000-0000-00000000ec40"));

    /// <param name="Problems">Rows that cannot be used, and why; the snapshot goes without them.</param>
    /// <param name="Unserved">Providers whose credentials are kept where this gateway cannot read them now; everything else is as it should be.</param>
    /// <param name="ToSeal">Credentials found in plain text or under an older master key, and what belongs in their place.</param>
    public sealed record Result(
        GatewaySnapshot Snapshot, IReadOnlyList<string> Problems, IReadOnlyList<string> Unserved, IReadOnlyList<SealedCredentials> ToSeal);

    public sealed record SealedCredentials(ProviderRow Row, ProviderReader.SealedText Sealed);

    public Result Compile(ConfigurationRows rows)
    {
        var problems = rows.Problems.ToList();
        var toSeal = new List<SealedCredentials>();
        var unserved = new List<string>();
        var providers = ReadProviders(rows, problems, unserved, toSeal);

        var models = BuiltInCatalogue.Models.ToDictionary(model => model.ModelName, StringComparer.Ordinal);
        foreach (var model in rows.Models)
            models[model.ModelName] = model;

        var served = new Dictionary<string, ServedModel>(StringComparer.Ordinal);
        foreach (var model in models.Values)
        {
            var type = UpstreamNames.ProviderType(model.LitellmProvider);
            if (providers.Find(provider => provider.Type == type) is { } provider)
                served[model.ModelName] = Serve(model.ModelName, model, provider, model.CreatedAt);
        }

        var byId = rows.Models.ToDictionary(model => model.Id.Value);
        foreach (var alias in rows.Aliases)
        {
            // An alias that leads nowhere does not fall through to a model of its name.
            served.Remove(alias.Alias);
            if (byId.TryGetValue(alias.TargetModelId, out var model) && ProviderFor(alias, model, providers) is { } provider)
                served[alias.Alias] = Serve(alias.Alias, model, provider, alias.CreatedAt);
        }

        return new Result(new GatewaySnapshot(rows.Version, served.Values), problems, unserved, toSeal);
    }

    private static ActiveProvider? ProviderFor(AliasRow alias, Model model, List<ActiveProvider> providers) => providers.Find(candidate =>
        alias.ProviderId is { } wanted ? candidate.Id.Value == wanted : candidate.Type == UpstreamNames.ProviderType(model.LitellmProvider));

    // In order of preference: oldest first as they were read, what the environment made after those, the built-in last.
    private List<ActiveProvider> ReadProviders(ConfigurationRows rows, List<string> problems, List<string> unserved, List<SealedCredentials> toSeal)
    {
        var echo = new MessagesOverChat(new EchoProvider(clock), clock);
        var accounts = new List<UpstreamAccount>();
        var active = new List<ActiveProvider>();
        var nowRead = new Dictionary<Guid, (ProviderRow Row, UpstreamAccount Account)>();
        foreach (var row in rows.Providers.OrderBy(row => row.Source == ProviderSource.Environment))
        {
            if (row.Type == ProviderKinds.Echo)
            {
                active.Add(new ActiveProvider(new ProviderId(row.Id), row.Name, row.Type, echo));
                continue;
            }

            try
            {
                var read = reader.Account(row, ProviderReader.KindOf(row));
                Use(row, read.Account);
                if (read.ToSeal is { } toKeep)
                    toSeal.Add(new SealedCredentials(row, toKeep));
            }
            catch (GatewayException unusable) when (unusable.Error.Code == SecretReferences.Unresolved)
            {
                // What a reference leads to is a matter of this machine and this moment, not of the configuration: what it
                // led to before is better than nothing, as long as the row says the same.
                unserved.Add($"provider '{row.Name}': {unusable.Error.Message}");
                if (lastRead.TryGetValue(row.Id, out var before) && before.Row == row)
                    Use(row, before.Account);
            }
            catch (GatewayException unusable)
            {
                problems.Add($"provider '{row.Name}': {unusable.Error.Message}");
            }
        }

        lastRead = nowRead;
        connections.Keep(accounts);
        credentials.Keep(accounts);
        active.Add(new ActiveProvider(EchoId, ProviderKinds.Echo, ProviderKinds.Echo, echo));
        return active;

        void Use(ProviderRow row, UpstreamAccount account)
        {
            nowRead[row.Id] = (row, account);
            accounts.Add(account);
            active.Add(new ActiveProvider(
                account.Id, row.Name, row.Type, new MessagesOverChat(adapters.For(ProviderReader.KindOf(row), account), clock)));
        }
    }

    private ServedModel Serve(string name, Model model, ActiveProvider provider, DateTimeOffset createdAt)
    {
        var destination = new Destination(provider.Id, provider.Name, model.ModelName, PriceOf(model));
        var target = new InferenceTarget(
            destination, model.UpstreamModel ?? UpstreamNames.Of(model), provider.Adapter, model.MaxInputTokens, model.MaxOutputTokens)
        {
            Capabilities = ModelCapabilities.Parse(model.Capabilities),
            DropParams = model.DropParams,
        };
        return new ServedModel(name, provider.Type, createdAt, model.Mode, target);
    }

    // With a card that says nothing of prompts, or of answers, a chat's cost is no more known than without one.
    // Vectors are not counted: their models often have no rate for output.
    private Price? PriceOf(Model model) =>
        model.Price is { } card && (model.Mode == "embedding" ? card.CoversPrompts : card.CoversTokens) ? card : settings.MaxPrice;

    private sealed record ActiveProvider(ProviderId Id, string Name, string Type, IInferenceProvider Adapter);
}

using CleanGateway.Application.LiteLlm;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Persistence;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.EntityFrameworkCore;

namespace CleanGateway.Infrastructure.LiteLlm;

internal sealed class RouteRows(GatewayDbContext context) : IRouteRows
{
    public async Task<IReadOnlyList<Provider>> ProvidersAsync(CancellationToken cancellationToken) =>
        await context.Providers.OrderBy(provider => provider.Name).ToListAsync(cancellationToken);

    public async Task<IReadOnlyList<Model>> ModelsAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        await context.Models.Where(model => names.Contains(model.ModelName)).ToListAsync(cancellationToken);

    public async Task<IReadOnlyList<ModelAlias>> AliasesAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        await context.ModelAliases.Where(alias => names.Contains(alias.Alias)).ToListAsync(cancellationToken);

    public void Add(Provider provider) => context.Providers.Add(provider);

    public void Add(Model model) => context.Models.Add(model);

    public void Add(ModelAlias alias) => context.ModelAliases.Add(alias);

    public Model? BuiltIn(string name) => BuiltInCatalogue.Models.FirstOrDefault(model => model.ModelName == name);

    public string ProviderTypeOf(string litellmProvider) => UpstreamNames.ProviderType(litellmProvider);

    public string UpstreamNameOf(Model model) => model.UpstreamModel ?? UpstreamNames.Of(model);

    public Uri BaseUrlOf(string providerType, string config)
    {
        var kind = KindOf(providerType);
        var read = ProviderConfig.Read(config, kind);
        var baseUrl = read.BaseUrlFor(kind);
        _ = read.OptionsFor(kind, baseUrl);
        return baseUrl;
    }

    public void CheckCredentials(string providerType, string credentials)
    {
        foreach (var (member, reference) in ProviderCredentials.Read(credentials, KindOf(providerType)).References())
            SecretReferences.Check(reference, member);
    }

    private static ProviderKind KindOf(string type) => ProviderKinds.Find(type)
        ?? throw new GatewayException(GatewayError.Invalid($"provider_type is '{type}': expected one of {ProviderKinds.Names}"));
}

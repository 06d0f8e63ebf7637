using System.Text;
using CleanGateway.Application.Common;
using CleanGateway.Application.LiteLlm;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.LiteLlm;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.LiteLlm;

/// <summary>An import on rows in memory.</summary>
public abstract class ImportLiteLlmTests
{
    protected static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    protected List<Provider> Providers { get; } = [];
    protected List<Model> Models { get; } = [];
    protected List<ModelAlias> Aliases { get; } = [];
    protected IUnitOfWork UnitOfWork { get; } = Substitute.For<IUnitOfWork>();

    private readonly ICredentialCipher cipher = Substitute.For<ICredentialCipher>();

    protected ImportLiteLlmTests()
    {
        cipher.Seal("", null!).ReturnsForAnyArgs(asked => $"sealed {asked.Arg<CredentialBinding>().Origin} {asked.Arg<string>()}");
        cipher.IsSealed("").ReturnsForAnyArgs(asked => asked.Arg<string>().StartsWith("sealed ", StringComparison.Ordinal));
        cipher.Open("", null!).ReturnsForAnyArgs(asked => ((string)asked[0])[$"sealed {asked.Arg<CredentialBinding>().Origin} ".Length..]);
    }

    protected async Task<LiteLlmImport> ImportAsync(string yaml, bool dryRun = false, bool update = false, Dictionary<string, string>? environment = null)
    {
        var handler = new ImportLiteLlmHandler(new YamlReader(), new RowsInMemory(this), cipher, UnitOfWork, new ManualClock(Now));
        return await handler.Handle(new ImportLiteLlm(Encoding.UTF8.GetBytes(yaml), dryRun, update, environment), TestContext.Current.CancellationToken);
    }

    /// <summary>A file of one deployment named <c>m</c>.</summary>
    /// <param name="values">Members of <c>litellm_params</c>, in YAML's flow style.</param>
    protected Task<LiteLlmImport> ImportOneAsync(string values, Dictionary<string, string>? environment = null, string info = "{}") =>
        ImportAsync($"model_list:\n- model_name: m\n  litellm_params: {{{values}}}\n  model_info: {info}\n", environment: environment);

    /// <summary>What is in a provider's row, its credentials opened.</summary>
    protected static (string Name, string Type, string Config, string Credentials) Row(Provider provider) => (
        provider.Name, provider.ProviderType, provider.Config, provider.EncryptedCredentials!.Split(' ', 3)[2]);

    private sealed class RowsInMemory(ImportLiteLlmTests test) : IRouteRows
    {
        private readonly RouteRows rules = new(context: null!);

        public Task<IReadOnlyList<Provider>> ProvidersAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Provider>>([.. test.Providers]);

        public Task<IReadOnlyList<Model>> ModelsAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<Model>>([.. test.Models.Where(model => names.Contains(model.ModelName))]);

        public Task<IReadOnlyList<ModelAlias>> AliasesAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<ModelAlias>>([.. test.Aliases.Where(alias => names.Contains(alias.Alias))]);

        public void Add(Provider provider) => test.Providers.Add(provider);

        public void Add(Model model) => test.Models.Add(model);

        public void Add(ModelAlias alias) => test.Aliases.Add(alias);

        public Model? BuiltIn(string name) => rules.BuiltIn(name);

        public string ProviderTypeOf(string litellmProvider) => rules.ProviderTypeOf(litellmProvider);

        public string UpstreamNameOf(Model model) => rules.UpstreamNameOf(model);

        public Uri BaseUrlOf(string providerType, string config) => rules.BaseUrlOf(providerType, config);

        public void CheckCredentials(string providerType, string credentials) => rules.CheckCredentials(providerType, credentials);
    }
}

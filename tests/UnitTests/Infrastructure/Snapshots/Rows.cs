using CleanGateway.Domain.Models;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.ProviderAdapters;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.Security;
using CleanGateway.Infrastructure.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

/// <summary>Rows as the database would give them, and what the compiler makes of them.</summary>
internal static class Rows
{
    public static readonly CredentialCipher Cipher = new(new EnvelopeCipher(MasterKeys.Of(Key('a'))));

    private static readonly DateTimeOffset Now = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);

    public static Guid Id(int number) => new(number, 0, 0, new byte[8]);

    /// <param name="environment">A variable of the gateway's; null: none is set.</param>
    public static SecretReferences References(GatewaySettings settings, Func<string, string?>? environment = null) =>
        new(settings, MasterKeys.Of(Key('a')), environment ?? (static _ => null));

    public static MasterKey Key(char digit) =>
        MasterKey.TryParse(new string(digit, 63) + '0', out var key) ? key : throw new InvalidOperationException();

    public static ProviderRow Provider(
        int id, string name, string type = "openai", string? credentials = null, string config = "{}", string source = ProviderSource.Operator) =>
        new(Id(id), name, type, credentials, config, source);

    public static Model Model(int id, string name, string provider = "openai", string mode = "chat", decimal? rate = 1m) =>
        CleanGateway.Domain.Models.Model.Load(new ModelId(Id(id)), name, provider, rate, rate, mode, Now);

    public static AliasRow Alias(string alias, int model, int? provider = null) =>
        new(alias, Id(model), provider is { } id ? Id(id) : null, Now);

    private static DialectServices Dialects => new(new ThoughtMemory(), new ManualTime());

    public static SnapshotCompiler.Result Compile(ProviderRow[] providers, Model[]? models = null, AliasRow[]? aliases = null, GatewaySettings? settings = null)
    {
        settings ??= TestSettings.Read();
        var connections = new UpstreamConnections(new NameResolver(), NullLogger<UpstreamConnections>.Instance);
        var credentials = new UpstreamCredentialStore(connections, new ManualTime(), NullLogger<UpstreamCredentialStore>.Instance);
        var adapters = new UpstreamAdapters(connections, Dialects, credentials, settings, new ManualTime(), NullLoggerFactory.Instance);
        var compiler = new SnapshotCompiler(
            new ProviderReader(Cipher, References(settings), settings), adapters, connections, credentials, settings, new ManualTime());
        return compiler.Compile(new ConfigurationRows(7, providers, models ?? [], aliases ?? [], Problems: [], MasterKeys: []));
    }
}

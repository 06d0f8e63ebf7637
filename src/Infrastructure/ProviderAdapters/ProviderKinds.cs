using System.Collections.Frozen;
using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Azure;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Vertex;
using CleanGateway.Infrastructure.ProviderAdapters.Framing;

namespace CleanGateway.Infrastructure.ProviderAdapters;

/// <summary>A sort of provider: the language it speaks, how it is told who calls, how it cuts a stream into events.</summary>
/// <param name="UsualBaseUrl">Null when every provider of the kind has to name its own.</param>
/// <param name="OutputCapField">What most of them call the field for an output cap.</param>
/// <param name="TelemetryName">A well-known value of <c>gen_ai.provider.name</c> in OpenTelemetry's conventions, where there is one.</param>
internal sealed record ProviderKind(
    string Type, string TelemetryName, Uri? UsualBaseUrl, Func<UpstreamAccount, DialectServices, IDialect> Dialect, Func<UpstreamCredentials, ICredential> Credential, IFraming Framing,
    string OutputCapField);

/// <summary>Every <c>provider_type</c> that is reached over HTTP, a row each.</summary>
internal static class ProviderKinds
{
    /// <summary>Built in, answers without a network: no row of the table below.</summary>
    public const string Echo = "echo";

    private static readonly FrozenDictionary<string, ProviderKind> Kinds = new ProviderKind[]
    {
        new(
            "openai", "openai", new Uri("https://api.openai.com/v1"), (account, _) => new OpenAiDialect(account, account.SpeaksResponses ?? true),
            credentials => new BearerCredential(credentials), new ServerSentEvents(), "max_completion_tokens"),
        new(
            "openai_compatible", "openai_compatible", null, (account, _) => new OpenAiDialect(account, account.SpeaksResponses ?? false),
            credentials => new BearerCredential(credentials), new ServerSentEvents(), "max_tokens"),
        new(
            "anthropic", "anthropic", new Uri("https://api.anthropic.com"),
            (account, services) => new AnthropicDialect(
                account, services, AnthropicSurface.Direct(account.BaseUrl, account.Options.AnthropicVersion, account.Options.AnthropicBeta)),
            credentials => new HeaderCredential("x-api-key", credentials.ApiKey), new ServerSentEvents(), "max_tokens"),
        new(
            "bedrock", "aws.bedrock", null,
            (account, services) => new ConverseDialect(account, services, new AnthropicDialect(account, services, AnthropicSurface.Bedrock(account.BaseUrl))),
            credentials => new BearerCredential(credentials), new AwsEventStream(), "max_tokens"),
        new(
            "gemini", "gcp.gemini", new Uri("https://generativelanguage.googleapis.com"),
            (account, services) => new GeminiDialect(GeminiSurface.ApiStudio(account.BaseUrl), account, services),
            credentials => new HeaderCredential("x-goog-api-key", credentials.ApiKey), new GoogleEvents(), "max_tokens"),
        new(
            "vertex_ai", "gcp.vertex_ai", null, Vertex, credentials => new BearerCredential(credentials), new GoogleEvents(), "max_tokens"),
        new(
            "azure", "azure.ai.openai", null, (account, _) => new AzureDialect(account), credentials => new HeaderCredential("api-key", credentials.ApiKey),
            new ServerSentEvents(), "max_completion_tokens"),
    }.ToFrozenDictionary(kind => kind.Type, StringComparer.Ordinal);

    private static VertexDialect Vertex(UpstreamAccount account, DialectServices services)
    {
        var (project, location) = (account.Options.Project!, account.Options.Location!);   // ProviderReader lets none pass without
        return new VertexDialect(
            new GeminiDialect(GeminiSurface.Vertex(account.BaseUrl, project, location), account, services),
            new AnthropicDialect(account, services, AnthropicSurface.Vertex(account.BaseUrl, project, location)));
    }

    public static ProviderKind? Find(string type) => Kinds.GetValueOrDefault(type);

    /// <summary>In words, for errors.</summary>
    public static string Names => string.Join(", ", Kinds.Keys.Append(Echo).Order(StringComparer.Ordinal));
}

using System.Text.Json;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// Where the Messages API is served: the body and the events are Anthropic's everywhere, where they go and what stands
/// around them is not.
/// </summary>
internal abstract class AnthropicSurface
{
    /// <summary>Names of beta features that the operator has turned on.</summary>
    private readonly IReadOnlyList<string> betas;

    private AnthropicSurface(string? beta) => betas = Split(beta);

    /// <summary>Anthropic's own API, and servers that copy it.</summary>
    /// <param name="baseUrl">With or without its <c>/v1</c>: clients differ on which of them is the base.</param>
    /// <param name="version">The header <c>anthropic-version</c>.</param>
    /// <param name="beta">The header <c>anthropic-beta</c>, names separated by commas.</param>
    public static AnthropicSurface Direct(Uri baseUrl, string version, string? beta) => new DirectSurface(baseUrl, version, beta);

    /// <summary>Google's Vertex AI.</summary>
    /// <param name="baseUrl">The host of the location, with or without the version of Google's API.</param>
    public static AnthropicSurface Vertex(Uri baseUrl, string project, string location, string? beta = null) =>
        new VertexSurface(baseUrl, project, location, beta);

    /// <summary>Amazon Bedrock's InvokeModel; its streams come in Amazon's own frames.</summary>
    public static AnthropicSurface Bedrock(Uri baseUrl, string? beta = null) => new BedrockSurface(baseUrl, beta);

    public abstract Uri UrlFor(string model, bool stream);

    /// <summary>Where tokens are counted; null when they cannot be.</summary>
    public virtual Uri? CountUrl => null;

    /// <summary>The body says the model and, unless <see cref="StreamInBody"/> says otherwise, whether to stream.</summary>
    public virtual bool ModelInBody => false;

    public virtual bool StreamInBody => true;

    /// <summary>The body's <c>anthropic_version</c>; null where a header says the version.</summary>
    public virtual string? BodyVersion => null;

    /// <summary>Betas stand in the body's <c>anthropic_beta</c>, not in a header.</summary>
    public virtual bool BetasInBody => false;

    /// <summary>Pictures and documents may be said by their URLs.</summary>
    public virtual bool FetchesUrls => false;

    public virtual bool SearchesWeb => true;

    public virtual bool HasServiceTiers => false;

    /// <summary>Whether files that are kept by the provider can be named.</summary>
    public bool KeepsFiles => betas.Any(name => name.StartsWith("files-api", StringComparison.Ordinal));

    /// <summary>The version that calls without one of their own are made in; dated, so that later ones compare greater.</summary>
    public virtual string Version => "2023-06-01";

    /// <param name="version">The caller's own; null for calls of another API.</param>
    /// <param name="beta">The caller's own.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Headers(string? version, string? beta)
    {
        var headers = new List<KeyValuePair<string, string>>(2);
        if (BodyVersion is null)
            headers.Add(new("anthropic-version", version ?? Version));
        if (!BetasInBody && Betas(beta) is { Count: > 0 } names)
            headers.Add(new("anthropic-beta", string.Join(',', names)));
        return headers;
    }

    /// <summary>The caller's, and the operator's.</summary>
    public IReadOnlyList<string> Betas(string? beta) => [.. Split(beta).Concat(betas).Distinct(StringComparer.Ordinal)];

    /// <summary>What reads the answer, where its events come within others.</summary>
    public virtual IAnswerReader Around(IAnswerReader reader) => reader;

    /// <summary>The members of a body that only this place has.</summary>
    public void WriteTo(Utf8JsonWriter json, string? beta)
    {
        if (BodyVersion is not null)
            json.WriteString("anthropic_version", BodyVersion);
        if (!BetasInBody || Betas(beta) is not { Count: > 0 } names)
            return;

        json.WriteStartArray("anthropic_beta");
        foreach (var name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static string[] Split(string? names) =>
        names?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static string Versioned(Uri baseUrl, string version) =>
        baseUrl.AbsolutePath.EndsWith($"/{version}/", StringComparison.Ordinal) ? baseUrl.AbsoluteUri : $"{baseUrl.AbsoluteUri}{version}/";

    private sealed class DirectSurface(Uri baseUrl, string version, string? beta) : AnthropicSurface(beta)
    {
        private readonly Uri messages = new(Versioned(baseUrl, "v1") + "messages");

        public override Uri? CountUrl { get; } = new(Versioned(baseUrl, "v1") + "messages/count_tokens");
        public override bool ModelInBody => true;
        public override bool FetchesUrls => true;
        public override bool HasServiceTiers => true;
        public override string Version => version;

        public override Uri UrlFor(string model, bool stream) => messages;
    }

    private sealed class VertexSurface(Uri baseUrl, string project, string location, string? beta) : AnthropicSurface(beta)
    {
        private readonly string models =
            $"{Versioned(baseUrl, "v1")}projects/{Uri.EscapeDataString(project)}/locations/{location}/publishers/anthropic/models/";

        public override Uri? CountUrl => new($"{models}count-tokens:rawPredict");
        public override string? BodyVersion => "vertex-2023-10-16";

        public override Uri UrlFor(string model, bool stream)
        {
            // Dated models are written name@date, and Google's own clients leave the @ as it is.
            var name = Uri.EscapeDataString(model).Replace("%40", "@", StringComparison.Ordinal);
            return new Uri($"{models}{name}:{(stream ? "streamRawPredict" : "rawPredict")}");
        }
    }

    private sealed class BedrockSurface(Uri baseUrl, string? beta) : AnthropicSurface(beta)
    {
        public override bool StreamInBody => false;
        public override string? BodyVersion => "bedrock-2023-05-31";
        public override bool BetasInBody => true;
        public override bool SearchesWeb => false;

        public override Uri UrlFor(string model, bool stream) =>
            new($"{baseUrl.AbsoluteUri}model/{Uri.EscapeDataString(model)}/{(stream ? "invoke-with-response-stream" : "invoke")}");

        public override IAnswerReader Around(IAnswerReader reader) => new BedrockChunks(reader);
    }
}

using System.Text.RegularExpressions;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>
/// Where Gemini is asked, which is more than an address: the Gemini API and Vertex AI take the same words in different places.
/// </summary>
internal abstract partial class GeminiSurface
{
    /// <summary>The Gemini API of AI Studio.</summary>
    /// <param name="baseUrl">Ends in a slash; with the API's version as its last part, or without.</param>
    public static GeminiSurface ApiStudio(Uri baseUrl) => new ApiStudioSurface(WithVersion(baseUrl, "v1beta"));

    /// <param name="baseUrl">As <see cref="ApiStudio"/> has it.</param>
    public static GeminiSurface Vertex(Uri baseUrl, string project, string location) =>
        new VertexSurface(WithVersion(baseUrl, "v1"), project, location);

    /// <param name="model">As the operator names it: bare, or with the collection it is in (<c>tunedModels/…</c>, <c>endpoints/…</c>).</param>
    /// <param name="method">What is asked of the model.</param>
    public Uri UrlFor(string model, string method) =>
        new(BaseUrl, $"{string.Join('/', ResourceOf(model).Split('/').Select(Escape))}:{method}");

    /// <summary>The model's full name within the API, as bodies name it.</summary>
    public abstract string ResourceOf(string model);

    /// <summary>Google itself gets what is at such a URL.</summary>
    public abstract bool Gets(Uri url);

    /// <summary>How a tier is asked for, in a header.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, string>> HeadersFor(string? serviceTier);

    /// <summary>A tier is asked for in the body.</summary>
    public abstract bool HasTierInBody { get; }

    /// <summary>Embeddings are asked for by <c>predict</c>, else by <c>batchEmbedContents</c>.</summary>
    public abstract bool Predicts { get; }

    protected Uri BaseUrl { get; private init; } = null!;

    private static Uri WithVersion(Uri baseUrl, string version) =>
        Version().IsMatch(baseUrl.AbsolutePath) ? baseUrl : new Uri(baseUrl, $"{version}/");

    // A colon would end the name, and an @ before a version stays readable.
    private static string Escape(string segment) => Uri.EscapeDataString(segment).Replace("%40", "@", StringComparison.Ordinal);

    [GeneratedRegex("/v[0-9][a-z0-9]*/$")]
    private static partial Regex Version();

    private sealed class ApiStudioSurface : GeminiSurface
    {
        public ApiStudioSurface(Uri baseUrl) => BaseUrl = baseUrl;

        public override bool HasTierInBody => true;
        public override bool Predicts => false;

        public override string ResourceOf(string model) => model.Contains('/') ? model : $"models/{model}";

        // Files that were given to it before.
        public override bool Gets(Uri url) =>
            (url.Host == "generativelanguage.googleapis.com" || url.Host == BaseUrl.Host)
            && url.AbsolutePath.Contains("/files/", StringComparison.Ordinal);

        public override IReadOnlyList<KeyValuePair<string, string>> HeadersFor(string? serviceTier) => [];
    }

    private sealed partial class VertexSurface : GeminiSurface
    {
        private readonly string parent;

        public VertexSurface(Uri baseUrl, string project, string location) =>
            (BaseUrl, parent) = (baseUrl, $"projects/{project}/locations/{location}");

        public override bool HasTierInBody => false;
        public override bool Predicts => true;

        public override string ResourceOf(string model) => model switch
        {
            _ when model.StartsWith("projects/", StringComparison.Ordinal) => model,
            _ when model.StartsWith("publishers/", StringComparison.Ordinal) => $"{parent}/{model}",
            _ when model.StartsWith("endpoints/", StringComparison.Ordinal) => $"{parent}/{model}",
            _ when EndpointNumber().IsMatch(model) => $"{parent}/endpoints/{model}",
            _ => $"{parent}/publishers/google/models/{model[(model.LastIndexOf('/') + 1)..]}",
        };

        public override bool Gets(Uri url) => url.Scheme is "http" or "https";

        public override IReadOnlyList<KeyValuePair<string, string>> HeadersFor(string? serviceTier) => serviceTier is "flex" or "priority"
            ? [new("X-Vertex-AI-LLM-Request-Type", "shared"), new("X-Vertex-AI-LLM-Shared-Request-Type", serviceTier)]
            : [];

        [GeneratedRegex("^[0-9]+$")]
        private static partial Regex EndpointNumber();
    }
}

using CleanGateway.Application.Inference;

namespace CleanGateway.Api.Inference;

/// <summary>Which API an endpoint is of. One that says nothing speaks as OpenAI's do.</summary>
internal static class ApiFormatMetadata
{
    /// <summary>What clients of Anthropic's API say with every request.</summary>
    public const string VersionHeader = "anthropic-version";

    private const string ApiKeyHeader = "x-api-key";

    public static TBuilder AnswersAs<TBuilder>(this TBuilder endpoint, ApiFormat api) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Mark(api, IsOfBoth: false));

    /// <summary>Both OpenAI's and Anthropic's API have an endpoint there: the request's headers tell whose client it is.</summary>
    public static TBuilder AnswersAsAsked<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Mark(Application.Inference.ApiFormat.ChatCompletions, IsOfBoth: true));

    public static ApiFormat ApiFormat(this HttpContext http) => MarkOf(http) switch
    {
        { IsOfBoth: true } when IsAnthropics(http.Request) => Application.Inference.ApiFormat.Messages,
        { Api: var api } => api,
        null => Application.Inference.ApiFormat.ChatCompletions,
    };

    /// <summary>It is a call of a model, not a question about models.</summary>
    public static bool AnswersCallsOfModels(this HttpContext http) => MarkOf(http) is { IsOfBoth: false };

    /// <summary>Clients of Anthropic's API call here, who may send their key in a header of its own.</summary>
    public static bool TakesApiKeyHeader(this HttpContext http) => MarkOf(http) is { } mark && (mark.IsOfBoth || mark.Api.IsAnthropic());

    private static Mark? MarkOf(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<Mark>();

    private static bool IsAnthropics(HttpRequest request) => request.Headers.ContainsKey(VersionHeader) || request.Headers.ContainsKey(ApiKeyHeader);

    private sealed record Mark(ApiFormat Api, bool IsOfBoth);
}

using System.Net.Http.Headers;
using CleanGateway.Application.Inference;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Azure;

/// <summary>
/// OpenAI's language as Azure speaks it: by the name of a deployment in the path or, on its newer URLs, in the body; with
/// the results of its content filter around the answer, and with errors of its own.
/// </summary>
internal sealed class AzureDialect(UpstreamAccount account) : IDialect
{
    private readonly OpenAiDialect openAi = new(account, account.SpeaksResponses ?? true, (api, target) => UrlFor(account, api, target));

    public bool Speaks(ApiFormat api, InferenceTarget target) => openAi.Speaks(api, target);

    public bool ReadsExtensions(InferenceTarget target) => openAi.ReadsExtensions(target);

    public DialectRequest Write(InferenceRequest request, InferenceTarget target)
    {
        var (message, error) = openAi.Write(request, target);
        return message is null ? error! : message with { Answer = new AzureAnswer(message.Answer) };
    }

    public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers)
    {
        var failure = UpstreamFailure.Read(body);
        return failure.Code != "content_filter" && failure.InnerCode == "ResponsibleAIPolicyViolation" ? failure with { Code = "content_filter" } : failure;
    }

    public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => (status, OpenAiErrors.KindOf(status, failure)) switch
    {
        // Its capacity, not the account's limit: another region may have some.
        (429, UpstreamErrorKind.RateLimited) when failure.Code == "NoCapacity" || failure.Mentions("high demand") || failure.Mentions("temporarily unable") =>
            UpstreamErrorKind.Overloaded,
        (424, _) => UpstreamErrorKind.Failed,
        var (_, kind) => kind,
    };

    private static Uri UrlFor(UpstreamAccount account, ApiFormat api, InferenceTarget target)
    {
        var operation = api switch
        {
            ApiFormat.ChatCompletions => "chat/completions",
            ApiFormat.Embeddings => "embeddings",
            ApiFormat.Responses => "responses",
            _ => throw new ArgumentOutOfRangeException(nameof(api), api, "is no API of Azure's"),
        };
        if (account.Options.ApiVersion is not { } version)
            return new Uri(account.BaseUrl, $"openai/v1/{operation}");

        var deployment = api == ApiFormat.Responses ? "" : $"deployments/{Uri.EscapeDataString(target.UpstreamModel)}/";
        return new Uri(account.BaseUrl, $"openai/{deployment}{operation}?api-version={Uri.EscapeDataString(version)}");
    }
}

using CleanGateway.Application.Inference;

namespace CleanGateway.Api.Inference;

/// <summary>Which API an endpoint is of. One that says nothing speaks as OpenAI's do.</summary>
internal static class ApiFormatMetadata
{
    public static TBuilder AnswersAs<TBuilder>(this TBuilder endpoint, ApiFormat api) where TBuilder : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new Mark(api));

    public static ApiFormat ApiFormat(this HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<Mark>()?.Api ?? Application.Inference.ApiFormat.ChatCompletions;

    private sealed record Mark(ApiFormat Api);
}

namespace CleanGateway.Application.Inference;

/// <summary>
/// The API that a call came through: it decides the form of the answer, of its events and of its errors, whoever the
/// provider is.
/// </summary>
public enum ApiFormat
{
    /// <summary>OpenAI's <c>POST /v1/chat/completions</c>; its errors are those of every endpoint that has no form of its own.</summary>
    ChatCompletions,

    /// <summary>Anthropic's <c>POST /v1/messages</c>.</summary>
    Messages,

    /// <summary>Anthropic's <c>POST /v1/messages/count_tokens</c>.</summary>
    MessageTokens,

    /// <summary>OpenAI's <c>POST /v1/responses</c>.</summary>
    Responses,

    /// <summary>OpenAI's <c>POST /v1/embeddings</c>.</summary>
    Embeddings,
}

public static class ApiFormats
{
    /// <summary>Clients of this API read errors in Anthropic's shape.</summary>
    public static bool IsAnthropic(this ApiFormat api) => api is ApiFormat.Messages or ApiFormat.MessageTokens;
}

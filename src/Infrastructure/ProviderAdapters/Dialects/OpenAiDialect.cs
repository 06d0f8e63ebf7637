using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Responses;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>
/// OpenAI's own language: the caller's bytes, with only the model's name and the wish for usage put in where they
/// differ. Fields the gateway does not know reach the provider as they were written.
/// </summary>
/// <param name="speaksResponses">The provider has the Responses API.</param>
/// <param name="url">Where each API is, for providers that have their own way of saying it; null for OpenAI's.</param>
internal sealed class OpenAiDialect(UpstreamAccount account, bool speaksResponses = true, Func<ApiFormat, InferenceTarget, Uri>? url = null) : IDialect
{
    private readonly Uri chats = new(account.BaseUrl, "chat/completions");
    private readonly Uri responses = new(account.BaseUrl, "responses");
    private readonly Uri embeddings = new(account.BaseUrl, "embeddings");

    // Stateless: one for all calls.
    private static readonly PassThrough Whole = new(default);
    private static readonly ResponsesPassThrough Responses = new();

    public bool Speaks(ApiFormat api, InferenceTarget target) => api switch
    {
        ApiFormat.ChatCompletions or ApiFormat.Embeddings => true,
        ApiFormat.Responses => speaksResponses,
        _ => false,
    };

    // Not every server takes members that it does not know.
    public bool ReadsExtensions(InferenceTarget target) => false;

    public DialectRequest Write(InferenceRequest request, InferenceTarget target) => request switch
    {
        ChatRequest chat => new UpstreamMessage(UrlOf(request.Api, target), WriteChat(chat, target), chat.Stream ? new ChatPassThrough() : Whole),
        ResponsesRequest response => new UpstreamMessage(UrlOf(request.Api, target), WriteResponse(response, target), Responses),
        EmbeddingsRequest => new UpstreamMessage(UrlOf(request.Api, target), WithModel(request, target).ApplyTo(request.Body), Whole),
        _ => throw new ArgumentException($"The dialect does not speak {request.Api}.", nameof(request)),
    };

    public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers) => UpstreamFailure.Read(body);

    public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => OpenAiErrors.KindOf(status, failure);

    private Uri UrlOf(ApiFormat api, InferenceTarget target) => url?.Invoke(api, target) ?? api switch
    {
        ApiFormat.Responses => responses,
        ApiFormat.Embeddings => embeddings,
        _ => chats,
    };

    private static JsonEdits WithModel(InferenceRequest request, InferenceTarget target)
    {
        var edits = new JsonEdits();
        return request.Model == target.UpstreamModel
            ? edits
            : edits.Replace(request.ModelAt, JsonSerializer.SerializeToUtf8Bytes(target.UpstreamModel));
    }

    private static ReadOnlyMemory<byte> WriteResponse(ResponsesRequest request, InferenceTarget target)
    {
        var edits = WithModel(request, target);
        if (request is { IsCapped: true, MaxTokens: { } cap })
        {
            if (request.MaxOutputTokensAt is { } at)
                edits.Replace(at, Encoding.ASCII.GetBytes(cap.ToString(CultureInfo.InvariantCulture)));
            else
                edits.Replace(
                    new JsonSlice(request.FirstMemberAt, 0), Encoding.ASCII.GetBytes(FormattableString.Invariant($"\"max_output_tokens\":{cap},")));
        }

        return edits.ApplyTo(request.Body);
    }

    private ReadOnlyMemory<byte> WriteChat(ChatRequest chat, InferenceTarget target)
    {
        var edits = WithModel(chat, target);
        if (chat is { IsCapped: true, MaxTokens: { } cap })
            Cap(chat, cap, edits);

        // A stream says what it used only when asked; the answer is taken out again for callers who did not ask.
        if (chat is { Stream: true, IncludeUsage: false } && account.AsksForStreamUsage)
            AskForUsage(chat, edits);

        return edits.ApplyTo(chat.Body);
    }

    // Both fields where the caller sent both; else the one it sent; else the one that the provider takes. Servers that read
    // max_tokens may not know the newer one: they get it besides. One that is null says nothing, and may be one that the
    // model refuses.
    private void Cap(ChatRequest chat, long cap, JsonEdits edits)
    {
        var value = Encoding.ASCII.GetBytes(cap.ToString(CultureInfo.InvariantCulture));
        var sent = new[] { chat.MaxTokensAt, chat.MaxCompletionTokensAt }
            .OfType<JsonSlice>().Where(at => chat.Body.Span[at.Start] != (byte)'n').ToList();
        foreach (var field in sent)
            edits.Replace(field, value);
        var knowsOnlyTheOther = account.OutputCapField == "max_tokens" && !sent.Exists(at => at == chat.MaxTokensAt);
        if (sent.Count > 0 && !knowsOnlyTheOther)
            return;

        if ((account.OutputCapField == "max_tokens" ? chat.MaxTokensAt : chat.MaxCompletionTokensAt) is { } nothing)
            edits.Replace(nothing, value);
        else
            edits.Replace(
                new JsonSlice(chat.FirstMemberAt, 0), Encoding.ASCII.GetBytes(FormattableString.Invariant($"\"{account.OutputCapField}\":{cap},")));
    }

    private static void AskForUsage(ChatRequest chat, JsonEdits edits)
    {
        if (chat.StreamOptionsAt is not { } options)
        {
            edits.Replace(new JsonSlice(chat.FirstMemberAt, 0), "\"stream_options\":{\"include_usage\":true},"u8.ToArray());
        }
        else if (chat.IncludeUsageAt is { } includeUsage)
        {
            edits.Replace(includeUsage, "true"u8.ToArray());
        }
        else if (chat.Body.Span[options.Start] != (byte)'{')
        {
            edits.Replace(options, """{"include_usage":true}"""u8.ToArray());
        }
        else
        {
            var isEmpty = chat.Body.Span[(options.Start + 1)..(options.End - 1)].Trim(" \t\r\n"u8).IsEmpty;
            edits.Replace(new JsonSlice(options.Start + 1, 0), isEmpty ? "\"include_usage\":true"u8.ToArray() : "\"include_usage\":true,"u8.ToArray());
        }
    }
}

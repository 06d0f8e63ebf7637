using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects;

/// <summary>
/// OpenAI's own language: the caller's bytes, with only the model's name and the wish for usage put in where they
/// differ. Fields the gateway does not know reach the provider as they were written.
/// </summary>
internal sealed class OpenAiDialect(UpstreamAccount account) : IDialect
{
    private readonly Uri url = new(account.BaseUrl, "chat/completions");

    public Uri UrlFor(ChatTarget target) => url;

    public ReadOnlyMemory<byte> WriteRequest(ChatRequest chat, ChatTarget target)
    {
        var edits = new JsonEdits();
        if (chat.Model != target.UpstreamModel)
            edits.Replace(chat.ModelAt, JsonSerializer.SerializeToUtf8Bytes(target.UpstreamModel));

        // A stream says what it used only when asked; the answer is taken out again for callers who did not ask.
        if (chat is { Stream: true, IncludeUsage: false } && account.AsksForStreamUsage)
            AskForUsage(chat, edits);

        return edits.ApplyTo(chat.Body);
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

using System.Net.Http.Headers;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Embeddings;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Converse;

/// <summary>Amazon Bedrock's runtime: chats through Converse and ConverseStream, whoever made the model; vectors through InvokeModel.</summary>
/// <param name="claude">Claude's own language, through InvokeModel: what is called in it reaches Claude unchanged. Null: nothing is.</param>
internal sealed class ConverseDialect(UpstreamAccount account, DialectServices services, IDialect? claude = null) : IDialect
{
    public bool Speaks(ApiFormat api, InferenceTarget target) => BedrockModel.Of(target) is var model && api switch
    {
        ApiFormat.ChatCompletions => model.Embeddings is null,
        ApiFormat.Embeddings => model.Embeddings is "titan" or "cohere",
        _ => model.IsClaude && claude is not null && claude.Speaks(api, target),
    };

    public DialectRequest Write(InferenceRequest request, InferenceTarget target) => request switch
    {
        ChatRequest chat => Guarded(() => Write(chat, target)),
        EmbeddingsRequest embeddings => Guarded(() => BedrockEmbeddings.Write(embeddings, target, account)),
        _ when claude is not null => claude.Write(request, target),
        _ => throw new ArgumentException($"The dialect does not speak {request.Api}.", nameof(request)),
    };

    // AWS's own whichever way the model was asked. What is none of those stood in what Claude itself said.
    public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers)
    {
        var failure = BedrockErrors.Read(body, headers);
        return claude is null || failure is not { Type: null, Message: null } ? failure : claude.ReadFailure(body, headers);
    }

    public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) =>
        claude is not null && failure.Type is { } type && type.EndsWith("_error", StringComparison.Ordinal)
            ? claude.KindOf(status, failure)
            : BedrockErrors.KindOf(status, failure);

    private static DialectRequest Guarded(Func<DialectRequest> write)
    {
        try
        {
            return write();
        }
        catch (GatewayException wrong)
        {
            return wrong.Error;
        }
    }

    private DialectRequest Write(ChatRequest chat, InferenceTarget target) =>
        ParsedChat.TryRead(chat, out var parsed, out var error) ? Write(chat, parsed, target, default) : error!;

    private DialectRequest Write(ChatRequest chat, ParsedChat parsed, InferenceTarget target, ConverseSpelling spelling)
    {
        var written = new ConverseRequest(chat, parsed, target, spelling, message => ThoughtsOf(message, target));
        if (written.Error is { } error)
            return error;

        var reader = new ConverseReader(ThoughtOwner.Of(account, target), target.UpstreamModel, written.Names, written.AnswerTool, services);
        return new UpstreamMessage(BedrockUrls.Of(account, target.UpstreamModel, chat.Stream ? "converse-stream" : "converse"), written.Body, reader)
        {
            DroppedParams = written.Dropped,
            Amend = failure => Respelled(failure, written, spelling) is { } other ? Write(chat, parsed, target, other).Message : null,
        };
    }

    // Models that are newer than the tables refuse what others of their family take.
    private static ConverseSpelling? Respelled(UpstreamFailure failure, ConverseRequest written, ConverseSpelling spelling)
    {
        if (!string.Equals(failure.Type, "ValidationException", StringComparison.OrdinalIgnoreCase))
            return null;

        if (written.SaysSchema && (failure.Mentions("schema") || failure.Mentions("output_config") || failure.Mentions("outputConfig")))
            return spelling with { WithoutNativeSchema = true };

        // Thoughts that another model or account has signed.
        if (written.SaysThoughts && failure.Mentions("signature")
            && (failure.Mentions("thinking") || failure.Mentions("reasoning") || failure.Mentions("thought")))
        {
            return spelling with { WithoutThoughts = true };
        }

        return !spelling.WithoutSampling
            && (failure.Mentions("temperature") || failure.Mentions("top_p") || failure.Mentions("topP") || failure.Mentions("top_k"))
            && (failure.Mentions("deprecated") || failure.Mentions("not support") || failure.Mentions("not permitted")
                || failure.Mentions("cannot both"))
            ? spelling with { WithoutSampling = true }
            : null;
    }

    // The caller's own, else those that this gateway remembers; what is not signed is not taken back.
    private IReadOnlyList<ThinkingBlock> ThoughtsOf(ChatMessage message, InferenceTarget target)
    {
        var blocks = message.Thinking.Count > 0
            ? message.Thinking
            : message.ToolCalls.Select(call => services.Thoughts.Find(ThoughtOwner.Of(account, target), call.Id))
                .FirstOrDefault(found => found is not null) ?? [];
        return [.. blocks.Where(block => block.Signature is not null || block.Data is not null)];
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Anthropic;

/// <summary>
/// Anthropic's Messages API, wherever it is served. Chats are said in its words; messages pass as they are, with only what
/// the place or the gateway wants otherwise put in.
/// </summary>
internal sealed class AnthropicDialect(UpstreamAccount account, DialectServices services, AnthropicSurface surface) : IDialect
{
    // From this version of the API on there are no sampling parameters, whatever the model.
    private const string VersionWithoutSampling = "2026-10-21";

    public bool Speaks(ApiFormat api, InferenceTarget target) =>
        api is ApiFormat.ChatCompletions or ApiFormat.Messages || (api == ApiFormat.MessageTokens && surface.CountUrl is not null);

    public DialectRequest Write(InferenceRequest request, InferenceTarget target) => request switch
    {
        ChatRequest chat => WriteChat(chat, target),
        MessagesRequest messages => WriteMessages(messages, target),
        MessageTokensRequest { Messages: var messages } when surface.CountUrl is { } url => WriteCount(messages, target, url),
        _ => throw new ArgumentException($"The dialect does not speak {request.Api}.", nameof(request)),
    };

    public UpstreamFailure ReadFailure(ReadOnlySpan<byte> body, HttpResponseHeaders? headers) =>
        AnthropicErrors.Read(body, headers, services.Clock.GetUtcNow());

    public UpstreamErrorKind KindOf(int? status, UpstreamFailure failure) => AnthropicErrors.KindOf(status, failure);

    private DialectRequest WriteChat(ChatRequest chat, InferenceTarget target)
    {
        if (!ParsedChat.TryRead(chat, out var parsed, out var error))
            return error!;

        var traits = ClaudeTraits.Of(target);
        if (string.CompareOrdinal(surface.Version, VersionWithoutSampling) >= 0)
            traits = traits with { Sampling = false };

        // What a model has refused is left out the second time, whatever else would be an error of the caller's.
        var request = WriteChat(chat, parsed, target, traits);
        return request.Message is not { } message ? request : message with
        {
            Amend = failure => traits.After(failure) is { } less
                && WriteChat(chat, parsed, target with { DropParams = true }, less).Message is { } amended
                && !amended.Body.Span.SequenceEqual(message.Body.Span) ? amended : null,
        };
    }

    private DialectRequest WriteChat(ChatRequest chat, ParsedChat parsed, InferenceTarget target, ClaudeTraits traits)
    {
        var unsaid = new UnsaidParams(target, "Anthropic");
        var messages = new AnthropicMessages(parsed, traits, surface, services.Thoughts, ThoughtOwner.Of(account, target), unsaid);
        var request = new AnthropicChatRequest(chat, parsed, target, traits, surface, messages, unsaid);
        ReadOnlyMemory<byte> body;
        try
        {
            body = request.Write();
        }
        catch (GatewayException wrong)
        {
            return wrong.Error;
        }
        catch (InvalidOperationException)
        {
            // Schemas and arguments are copied as they are, and that is where it is found.
            return GatewayError.Invalid("The request body has a text that contains half of a surrogate pair.", code: "invalid_value");
        }

        if (unsaid.Error is { } error)
            return error;

        var answer = new AnthropicChat(new AnthropicBlocks(ThoughtOwner.Of(account, target), services.Thoughts, request.AnswerTool), services.Clock);
        return new UpstreamMessage(surface.UrlFor(target.UpstreamModel, chat.Stream), body, surface.Around(answer))
        {
            Headers = surface.Headers(version: null, beta: null),
            DroppedParams = unsaid.Dropped,
        };
    }

    private UpstreamMessage WriteMessages(MessagesRequest messages, InferenceTarget target)
    {
        var edits = Renamed(messages, target, surface.ModelInBody);
        var thinks = true;
        if (messages is { IsCapped: true, MaxTokens: { } cap })
            thinks = Cap(messages, cap, edits);

        var body = AnthropicBody.Fit(messages.Body, surface, messages.Headers.Beta, edits, surface.ModelInBody, thinks);
        return new UpstreamMessage(surface.UrlFor(target.UpstreamModel, messages.Stream), body, surface.Around(AnthropicEvents.Instance))
        {
            Headers = surface.Headers(messages.Headers.Version, messages.Headers.Beta),
            DroppedParams = thinks ? [] : ["thinking"],
        };
    }

    // Nothing is put out: there is nothing to cap. The model stands in the body wherever tokens are counted.
    private UpstreamMessage WriteCount(MessagesRequest messages, InferenceTarget target, Uri url) =>
        new(url, AnthropicBody.Fit(messages.Body, surface, messages.Headers.Beta, Renamed(messages, target, inBody: true), keepsModel: true),
            AnthropicEvents.Instance)
        {
            Headers = surface.Headers(messages.Headers.Version, messages.Headers.Beta),
        };

    private static JsonEdits Renamed(MessagesRequest messages, InferenceTarget target, bool inBody)
    {
        var edits = new JsonEdits();
        if (inBody && messages.Model != target.UpstreamModel)
            edits.Replace(messages.ModelAt, JsonSerializer.SerializeToUtf8Bytes(target.UpstreamModel));
        return edits;
    }

    // The budget to think is part of the cap and has to be less. False: not even the least of it fits.
    private static bool Cap(MessagesRequest messages, long cap, JsonEdits edits)
    {
        if (messages.MaxTokensAt is { } at)
            edits.Replace(at, Number(cap));
        if (messages is not { ThinkingBudget: { } budget, ThinkingBudgetAt: { } budgetAt } || budget < cap)
            return true;
        if (cap <= ThinkingPlan.LeastBudget)
            return false;

        edits.Replace(budgetAt, Number(cap - 1));
        return true;
    }

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));
}

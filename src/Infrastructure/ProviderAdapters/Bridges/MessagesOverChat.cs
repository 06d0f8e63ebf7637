using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Inference;
using CleanGateway.Application.Messages;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Infrastructure.ProviderAdapters.Bridges;

/// <summary>
/// Lets a provider answer Anthropic's API that speaks only OpenAI's: the request becomes a chat, the chat's answer a
/// message. What the provider speaks itself reaches it as it is.
/// </summary>
internal sealed class MessagesOverChat(IInferenceProvider inner, TimeProvider clock) : IInferenceProvider
{
    public string TelemetryName => inner.TelemetryName;

    public bool Speaks(ApiFormat api, InferenceTarget target) =>
        inner.Speaks(api, target) || (api.IsAnthropic() && (inner.Speaks(ApiFormat.Messages, target) || inner.Speaks(ApiFormat.ChatCompletions, target)));

    public bool ReadsExtensions(InferenceTarget target) => inner.ReadsExtensions(target);

    public Task<InferenceOutcome> SendAsync(InferenceRequest request, InferenceTarget target, CancellationToken cancellationToken) => request switch
    {
        MessageTokensRequest messages when !inner.Speaks(ApiFormat.MessageTokens, target) => Task.FromResult<InferenceOutcome>(Estimate(messages)),
        MessagesRequest messages when !inner.Speaks(ApiFormat.Messages, target) => AnswerAsync(messages, target, cancellationToken),
        _ => inner.SendAsync(request, target, cancellationToken),
    };

    private static InferenceOutcome.Completed Estimate(MessageTokensRequest messages) =>
        new(Encoding.ASCII.GetBytes(FormattableString.Invariant($$"""{"input_tokens":{{messages.EstimatePrompt()}}}""")), UsageReport.None, Model: null);

    private async Task<InferenceOutcome> AnswerAsync(MessagesRequest messages, InferenceTarget target, CancellationToken cancellationToken)
    {
        var (body, dropped, unsaid, names) = MessagesToChat.Write(messages, target, inner.ReadsExtensions(target));
        if (unsaid is not null)
            return new InferenceOutcome.Refused(unsaid);
        if (!ChatRequest.TryParse(body, out var chat, out var error))
            return new InferenceOutcome.Refused(names.Translate(error!));

        // The cap stands in no field: each provider has its own for it.
        var outcome = await inner.SendAsync(messages.MaxTokens is { } cap ? chat.Capped(cap) : chat, target, cancellationToken);
        var model = target.UpstreamModel;
        InferenceOutcome answer = outcome switch
        {
            InferenceOutcome.Completed completed => completed with
            {
                Json = ChatToMessage.Whole(completed.Json, completed.Usage, completed.Model ?? model, messages, clock.GetUtcNow()),
            },
            InferenceOutcome.Streaming streaming => streaming with { Events = new MessageStream(streaming.Events, messages, model, clock.GetUtcNow()) },

            // Only Anthropic's own word is passed on as such.
            InferenceOutcome.Refused refused => refused with { Error = names.Translate(refused.Error) with { UpstreamStatus = null } },
            _ => outcome,
        };
        return answer with { DroppedParams = [.. dropped, .. outcome.DroppedParams.Select(field => names.NameOf(field) ?? field)] };
    }
}

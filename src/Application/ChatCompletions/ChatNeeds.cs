using CleanGateway.Application.Admission;
using CleanGateway.Application.Inference;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>What a chat may come to, before it is made.</summary>
internal static class ChatNeeds
{
    public static CallNeeds Of(ChatRequest chat, InferenceTarget target)
    {
        var cap = (chat.MaxTokens, target.MaxOutputTokens) switch
        {
            ({ } asked, { } most) => Math.Min(asked, most),
            var (asked, most) => asked ?? most,
        };

        // A caller without a cap of its own is not counted as the longest answer there could be: hardly any is.
        var estimated = chat.EstimatePrompt() + (chat.MaxTokens is null ? 0 : cap!.Value * chat.Choices);
        return new CallNeeds(estimated, CostOf(chat, target), cap);
    }

    private static CostBound? CostOf(ChatRequest chat, InferenceTarget target)
    {
        if (target.Destination.Price is not { } price)
            return null;

        var prompt = chat.BoundPrompt(target.MaxInputTokens);
        var traits = new BoundTraits
        {
            ServiceTier = chat.ServiceTier,
            Choices = chat.Choices,
            WebSearch = chat.MaySearch,
            Searches = InferenceRequest.UsualSearches,
            AudioOut = chat.MaySpeak,
            AudioIn = prompt.HasAudio,
            ImagesIn = prompt.HasPictures,
            ImagesOut = true,   // whatever was asked for: only models that draw have a rate for it
        };
        return price.BoundFor(prompt.Tokens, traits);
    }
}

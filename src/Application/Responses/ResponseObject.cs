using System.Text.Json;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Responses;

/// <summary>The members of a response object that concern the gateway, wherever the object stands.</summary>
internal struct ResponseObject
{
    private UsageReport? usage;
    private JsonSlice? tierAt;
    private long searches;

    public string? Model { get; private set; }

    /// <summary>It has an output, be it empty.</summary>
    public bool HasOutput { get; private set; }

    public bool HasFailed { get; private set; }

    /// <summary>Where the value of <c>error</c> stands; null when there is none, or it is null.</summary>
    public JsonSlice? ErrorAt { get; private set; }

    /// <summary>What it says was used; null when it says nothing of that.</summary>
    /// <param name="json">The text that the object stands in.</param>
    public readonly UsageReport? Report(ReadOnlySpan<byte> json)
    {
        var report = usage;
        if (searches > 0 && report is { Usage: { } used })
            report = report.Value with { Usage = used with { Details = (used.Details ?? new UsageDetails()) with { WebSearches = searches } } };
        return tierAt is { } tier ? report?.InTier(UsageReader.ServiceTier(json.Slice(tier.Start, tier.Length))) : report;
    }

    /// <param name="reader">On the object's brace; afterwards on the one that closes it.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            ReadMember(ref reader);
    }

    /// <param name="reader">On a member's name; afterwards at the end of its value.</param>
    public void ReadMember(ref Utf8JsonReader reader)
    {
        if (reader.Says("model"u8))
        {
            reader.Read();
            Model = reader.TextOrNull();
        }
        else if (reader.Says("usage"u8))
        {
            reader.Read();
            usage = reader.TokenType == JsonTokenType.Null ? null : UsageReader.Read(ref reader);
        }
        else if (reader.Says("service_tier"u8))
        {
            reader.Read();
            tierAt = reader.TokenType == JsonTokenType.String ? JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed) : null;
        }
        else if (reader.Says("status"u8))
        {
            reader.Read();
            HasFailed = reader.TokenType == JsonTokenType.String && reader.Says("failed"u8);
        }
        else if (reader.Says("error"u8))
        {
            reader.Read();
            var (start, isNull) = (reader.TokenStartIndex, reader.TokenType == JsonTokenType.Null);
            reader.Skip();
            ErrorAt = isNull ? null : JsonSlice.Between(start, reader.BytesConsumed);
        }
        else if (reader.Says("output"u8))
        {
            reader.Read();
            HasOutput = reader.TokenType == JsonTokenType.StartArray;
            if (HasOutput)
                ReadOutput(ref reader);
        }
        else
        {
            reader.Read();
        }

        reader.Skip();
    }

    private void ReadOutput(ref Utf8JsonReader reader)
    {
        searches = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.StartObject && IsSearch(ref reader))
                searches++;
            reader.Skip();
        }
    }

    // A call can also open a page that was found, or look for something in it; only the search itself is charged.
    private static bool IsSearch(ref Utf8JsonReader reader)
    {
        var (isCall, isOtherAction) = (false, false);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isAction) = (reader.Says("type"u8), reader.Says("action"u8));
            reader.Read();
            if (isType)
                isCall = reader.TokenType == JsonTokenType.String && reader.Says("web_search_call"u8);
            else if (isAction && reader.TokenType == JsonTokenType.StartObject)
                isOtherAction = !SaysSearch(ref reader);
            reader.Skip();
        }

        return isCall && !isOtherAction;
    }

    private static bool SaysSearch(ref Utf8JsonReader reader)
    {
        var says = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.Says("type"u8);
            reader.Read();
            if (isType)
                says = reader.TokenType == JsonTokenType.String && reader.Says("search"u8);
            reader.Skip();
        }

        return says;
    }
}

using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.ChatCompletions;

/// <summary>What of a chat's choices concerns the gateway: most of it is what compatible servers do in their own way.</summary>
internal struct ChoiceFacts
{
    /// <summary>There is at least one.</summary>
    public bool HasAny;

    /// <summary>Some report what the call used within a choice.</summary>
    public UsageReport? Usage;

    /// <summary>The stretch to cut out so that it was never there.</summary>
    public JsonSlice? UsageMember;

    /// <summary>Where a choice says that it failed.</summary>
    public JsonSlice? ErrorAt;

    /// <summary>Finish reasons that no client knows, and what takes their place; null when there are none.</summary>
    public JsonEdits? Repairs;

    /// <param name="reader">On the value of <c>choices</c>; afterwards at its end.</param>
    public void Read(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            HasAny = true;
            if (reader.TokenType == JsonTokenType.StartObject)
                ReadChoice(ref reader);
            else
                reader.Skip();
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader)
    {
        var cut = new MemberCut(reader.BytesConsumed);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = reader.TokenStartIndex;
            var isUsage = false;
            if (reader.Says("finish_reason"u8))
            {
                reader.Read();
                ReadFinish(ref reader);
            }
            else if (reader.Says("error"u8))
            {
                reader.Read();
                var (start, isNull) = (reader.TokenStartIndex, reader.TokenType == JsonTokenType.Null);
                reader.Skip();
                if (!isNull)
                    ErrorAt = JsonSlice.Between(start, reader.BytesConsumed);
            }
            else if (reader.Says("usage"u8))
            {
                isUsage = UsageMember is null;
                reader.Read();
                if (reader.TokenType != JsonTokenType.Null)
                    Usage ??= UsageReader.Read(ref reader);
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
            cut.Add(nameStart, reader.BytesConsumed, isUsage);
        }

        UsageMember ??= cut.Slice;
    }

    private void ReadFinish(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || FinishReasons.IsKnown(ref reader))
            return;

        var at = JsonSlice.Between(reader.TokenStartIndex, reader.BytesConsumed);
        if (reader.Says("error"u8))
            ErrorAt ??= at;
        else
            Repairs = (Repairs ?? new JsonEdits()).Replace(at, FinishReasons.Known(reader.TextOrNull()));
    }
}

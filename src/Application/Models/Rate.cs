using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Models;

/// <summary>
/// US dollars per token, exactly as they are written: a number with more digits than can be counted with is refused, not
/// rounded.
/// </summary>
[JsonConverter(typeof(RateConverter))]
public readonly record struct Rate(decimal Dollars)
{
    public const decimal Most = 1_000_000m;
}

internal sealed class RateConverter : JsonConverter<Rate>
{
    public override Rate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw new JsonException();

        var text = Encoding.ASCII.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);
        return ExactDecimal.TryParse(text, out var dollars) && dollars is >= 0 and <= Rate.Most ? new Rate(dollars) : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, Rate value, JsonSerializerOptions options) => writer.WriteRawValue(ExactDecimal.Write(value.Dollars));
}

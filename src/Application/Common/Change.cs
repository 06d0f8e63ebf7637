using System.Text.Json;
using System.Text.Json.Serialization;

namespace CleanGateway.Application.Common;

/// <summary>
/// What a request says of one member: nothing, and then it stays as it is, or its new value, which may be null
/// (RFC 7396, JSON Merge Patch).
/// </summary>
[JsonConverter(typeof(ChangeConverter))]
public readonly record struct Change<T>
{
    public Change(T value) => (Value, IsGiven) = (value, true);

    /// <summary>False: leave it as it is.</summary>
    public bool IsGiven { get; }
    public T Value { get; }

    /// <summary>The new value, or the one there is.</summary>
    public T Or(T current) => IsGiven ? Value : current;

    public static implicit operator Change<T>(T value) => new(value);
}

internal sealed class ChangeConverter : JsonConverterFactory
{
    public override bool CanConvert(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Change<>);

    public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(type.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Change<T>>
    {
        // Told of null too: it is a value like any other.
        public override bool HandleNull => true;

        public override Change<T> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<T>(ref reader, options)!);

        public override void Write(Utf8JsonWriter writer, Change<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}

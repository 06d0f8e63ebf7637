using System.Text.Json;
using System.Text.Json.Serialization;
using CleanGateway.Domain.AdminTokens;
using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Common;

/// <summary>
/// Words of JSON for values of enumerations, to the letter. The framework's own converter also takes other spellings,
/// and several words at one time, whose bits it puts together: two roles would make a third.
/// </summary>
internal sealed class EnumNames : JsonConverterFactory
{
    /// <summary>What can be written for this enumeration, in order of its values.</summary>
    public static IReadOnlyList<string> Of(Type type) => type == typeof(AdminRole)
        ? [.. Enum.GetValues<AdminRole>().Select(role => role.Name())]
        : [.. Enum.GetNames(type).Select(name => name.ToSnakeCase())];

    public override bool CanConvert(Type type) => type.IsEnum;

    public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(type))!;

    private sealed class Converter<T> : JsonConverter<T> where T : struct, Enum
    {
        private readonly Dictionary<string, T> values = Of(typeof(T)).Zip(Enum.GetValues<T>()).ToDictionary(StringComparer.Ordinal);
        private readonly Dictionary<T, string> names = Enum.GetValues<T>().Zip(Of(typeof(T))).ToDictionary();

        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && values.TryGetValue(reader.GetString()!, out var value) ? value : throw new JsonException();

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(names[value]);
    }
}

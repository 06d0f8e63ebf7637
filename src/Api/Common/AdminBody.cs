using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Api.Common;

/// <summary>
/// Reads the JSON bodies of the admin API into messages, member by member, so that all that is wrong with one can be
/// told at once. What it finds goes with the message: its validators tell theirs besides.
/// </summary>
internal static partial class AdminBody
{
    private const int MaxBytes = 1024 * 1024;
    private const int LongestShown = 80;

    // Who sends more mistakes than this has not made them by hand.
    private const int MostFindings = 20;
    private const string IdempotencyHeader = "Idempotency-Key";

    /// <exception cref="GatewayException">The body is no JSON object.</exception>
    public static async Task<TMessage> ReadAsync<TMessage>(HttpContext http) where TMessage : class
    {
        var (message, _) = await ReadWithBytesAsync<TMessage>(http);
        return message;
    }

    /// <summary>The same, for a message that makes something: the request's <c>Idempotency-Key</c> counts.</summary>
    public static async Task<TMessage> ReadNewAsync<TMessage>(HttpContext http) where TMessage : class
    {
        var (message, bytes) = await ReadWithBytesAsync<TMessage>(http);
        if (http.Request.Headers[IdempotencyHeader] is { Count: > 0 } keys)
        {
            var key = keys.ToString();
            if (key.Length is 0 or > IdempotencyKey.MaxLength || key.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
            {
                throw new GatewayException(GatewayError.Invalid(
                    $"The header {IdempotencyHeader} is not usable: expected 1 to {IdempotencyKey.MaxLength} visible ASCII characters.", IdempotencyHeader));
            }

            byte[] request = [.. System.Text.Encoding.UTF8.GetBytes($"{typeof(TMessage).Name}\n{http.Request.Path}\n"), .. bytes.Span];
            OperationOf(http).IdempotencyKey = new IdempotencyKey(key, Convert.ToHexStringLower(SHA256.HashData(request)));
        }

        return message;
    }

    /// <summary>A body that is a member's value, whose members are for others to read.</summary>
    /// <exception cref="GatewayException">The body is no JSON object.</exception>
    public static async Task<JsonElement> ReadObjectAsync(HttpContext http)
    {
        using var document = JsonDocument.Parse(await ReadBytesAsync(http));
        return RequireObject(document).Clone();
    }

    private static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpContext http)
    {
        // Forms of web pages can send bodies without one, and nothing is changed by those.
        if (http.Request.ContentType is null or "")
            throw new GatewayException(RequestBody.Unsupported("The content type is missing: expected application/json."));

        var (bytes, error) = await RequestBody.ReadAsync(http.Request, MaxBytes);
        return (error ?? StrictJson.Check(bytes.Span, "The request body")) is { } unreadable ? throw new GatewayException(unreadable) : bytes;
    }

    private static JsonElement RequireObject(JsonDocument document) => document.RootElement.ValueKind == JsonValueKind.Object
        ? document.RootElement
        : throw new GatewayException(GatewayError.Invalid("The request body is no JSON object."));

    private static async Task<(TMessage Message, ReadOnlyMemory<byte> Bytes)> ReadWithBytesAsync<TMessage>(HttpContext http) where TMessage : class
    {
        var bytes = await ReadBytesAsync(http);
        using var document = JsonDocument.Parse(bytes);
        RequireObject(document);

        var findings = new List<GatewayError>();
        var readable = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(readable))
            Copy(document.RootElement, TypeInfo(typeof(TMessage)), prefix: "", writer, findings);

        OperationOf(http).Findings = findings;
        return (JsonSerializer.Deserialize<TMessage>(readable.WrittenSpan, AdminJson.Options)!, bytes);
    }

    /// <summary>Copies the members that can be read, and tells of the others.</summary>
    private static void Copy(JsonElement from, JsonTypeInfo type, string prefix, Utf8JsonWriter to, List<GatewayError> findings)
    {
        to.WriteStartObject();
        foreach (var member in from.EnumerateObject())
        {
            if (findings.Count == MostFindings)
                break;

            var path = prefix + NameOf(member);
            var property = type.Properties.FirstOrDefault(known => prefix + known.Name == path && known.Set is not null);
            if (property is null)
            {
                findings.Add(GatewayError.Invalid(
                    $"'{StorableText.Safe(path)}' is not known: expected {string.Join(", ", Members(type))}.", path, "unknown_member"));
            }
            else if (member.Value.ValueKind == JsonValueKind.Object && NestedOf(property) is { } nested)
            {
                to.WritePropertyName(member.Name);
                Copy(member.Value, nested, path + ".", to, findings);
            }
            else if (!CanRead(member.Value, property))
            {
                findings.Add(GatewayError.Invalid($"'{path}' is {Shown(member.Value, property)}: expected {Expected(property.PropertyType)}.", path, "invalid_value"));
            }
            else if (NulCharacter().IsMatch(member.Value.GetRawText()))
            {
                findings.Add(GatewayError.Invalid($"'{path}' has a NUL character, which cannot be stored.", path, "invalid_value"));
            }
            else
            {
                member.WriteTo(to);
            }
        }

        to.WriteEndObject();
    }

    // Half of a surrogate pair is JSON and no Unicode.
    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException malformed)
        {
            throw new GatewayException(GatewayError.Invalid("The request body has a member whose name is no Unicode text."), malformed);
        }
    }

    private static IEnumerable<string> Members(JsonTypeInfo type) => type.Properties.Where(property => property.Set is not null).Select(property => property.Name);

    private static JsonTypeInfo? NestedOf(JsonPropertyInfo property)
    {
        var type = TypeInfo(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
        return type.Kind == JsonTypeInfoKind.Object ? type : null;
    }

    private static bool CanRead(JsonElement value, JsonPropertyInfo property)
    {
        if (value.ValueKind == JsonValueKind.Null)
            return TakesNull(property);

        try
        {
            value.Deserialize(TypeInfo(property.PropertyType));
            if (IsFree(property))
                CanonicalJson.Write(value);
            return true;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or ArgumentException)
        {
            // The last two are of texts that are JSON and no Unicode: half of a surrogate pair.
            return false;
        }
    }

    private static bool TakesNull(JsonPropertyInfo property) => ChangedType(property.PropertyType) is { } changed
        ? Nullable.GetUnderlyingType(changed) is not null || (!changed.IsValueType && TakesNullReference(property))
        : property.IsSetNullable;

    private static bool TakesNullReference(JsonPropertyInfo property) => property.AttributeProvider is PropertyInfo declared
        && new NullabilityInfoContext().Create(declared).GenericTypeArguments[0].WriteState == NullabilityState.Nullable;

    // What is read by others may be a secret.
    private static bool IsFree(JsonPropertyInfo property) =>
        (ChangedType(property.PropertyType) ?? Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) == typeof(JsonElement);

    private static string Shown(JsonElement value, JsonPropertyInfo property) => IsFree(property) && value.ValueKind != JsonValueKind.Null
        ? "none that can be read" : Shown(value);

    private static string Shown(JsonElement value) => value.GetRawText() is { Length: <= LongestShown } text ? text : value.ValueKind switch
    {
        JsonValueKind.String => "a long text",
        JsonValueKind.Array => "a long list",
        JsonValueKind.Object => "an object",
        _ => "a long number",
    };

    private static string Expected(Type type)
    {
        if (ChangedType(type) is { } changed)
            return Expected(changed);
        if (Nullable.GetUnderlyingType(type) is { } value)
            return $"{Expected(value)}, or null";

        return type switch
        {
            _ when type == typeof(string) => "text",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(int) || type == typeof(long) => "a whole number",
            _ when type == typeof(decimal) => "a number",
            _ when type == typeof(Rate) => $"US dollars per token from 0 to {Rate.Most}, with at most 28 digits, like 0.00003",
            _ when type == typeof(Guid) => "an id (UUID)",
            _ when type == typeof(DateTimeOffset) => "a date and time like 2027-01-31T00:00:00Z",
            { IsEnum: true } => $"one of {string.Join(", ", EnumNames.Of(type))}",
            _ when typeof(IReadOnlyDictionary<string, LogLevel>).IsAssignableFrom(type) =>
                $"an object whose members are each one of {string.Join(", ", EnumNames.Of(typeof(LogLevel)))}",
            _ when typeof(IEnumerable).IsAssignableFrom(type) => "a list of texts",
            _ => "an object",
        };
    }

    private static Type? ChangedType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Change<>) ? type.GetGenericArguments()[0] : null;

    [GeneratedRegex(@"(?<!\\)(\\\\)*\\u0000")]
    private static partial Regex NulCharacter();

    private static JsonTypeInfo TypeInfo(Type type) => AdminJson.Options.GetTypeInfo(type);

    private static Operation OperationOf(HttpContext http) => http.RequestServices.GetRequiredService<Operation>();
}

using System.Text.Json;
using FluentValidation;

namespace CleanGateway.Application.Common;

/// <summary>Checks that several messages make of their members.</summary>
internal static class MemberRules
{
    // They turn around what stands beside them, so that one name is read as another (Unicode TR 36, 3.5).
    private const string Directions = "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

    /// <summary>Text that a database can hold and a terminal shows as it is.</summary>
    public static bool IsPlain(string? text) =>
        text is null || !text.Any(letter => char.IsControl(letter) || Directions.Contains(letter, StringComparison.Ordinal));

    public static IRuleBuilderOptions<T, JsonElement?> IsObject<T>(this IRuleBuilder<T, JsonElement?> member, string name) => member
        .Must(value => value is null or { ValueKind: JsonValueKind.Object }).WithMessage($"'{name}' is no JSON object.");
}

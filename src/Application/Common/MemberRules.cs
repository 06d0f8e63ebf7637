using System.Text.Json;
using FluentValidation;

namespace CleanGateway.Application.Common;

/// <summary>Checks that several messages make of their members.</summary>
internal static class MemberRules
{
    /// <summary>Text that a database can hold and a terminal can show.</summary>
    public static bool IsPlain(string? text) => text is null || !text.Any(char.IsControl);

    public static IRuleBuilderOptions<T, JsonElement?> IsObject<T>(this IRuleBuilder<T, JsonElement?> member, string name) => member
        .Must(value => value is null or { ValueKind: JsonValueKind.Object }).WithMessage($"'{name}' is no JSON object.");
}

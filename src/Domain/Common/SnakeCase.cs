using System.Text.Json;

namespace CleanGateway.Domain.Common;

/// <summary>How the words of the code are written in the database, in JSON and in metric labels.</summary>
public static class SnakeCase
{
    public static string ToSnakeCase(this string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static string ToSnakeCase<TEnum>(this TEnum value) where TEnum : struct, Enum => value.ToString().ToSnakeCase();
}

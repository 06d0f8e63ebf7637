using System.Collections.Frozen;
using System.Text.Json;

namespace CleanGateway.Domain.Common;

/// <summary>How the words of the code are written in the database, in JSON and in metric labels.</summary>
public static class SnakeCase
{
    public static string ToSnakeCase(this string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    public static string ToSnakeCase<TEnum>(this TEnum value) where TEnum : struct, Enum =>
        Words<TEnum>.All.TryGetValue(value, out var word) ? word : value.ToString().ToSnakeCase();

    private static class Words<TEnum> where TEnum : struct, Enum
    {
        public static readonly FrozenDictionary<TEnum, string> All =
            Enum.GetValues<TEnum>().Distinct().ToFrozenDictionary(value => value, value => value.ToString().ToSnakeCase());
    }
}

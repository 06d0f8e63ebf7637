using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Providers;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Configuration;
using Npgsql;

namespace CleanGateway.Infrastructure.Providers;

/// <summary>A provider as lists show it. What is sealed does not even leave the database for it.</summary>
internal static class ShownProvider
{
    public const string Columns =
        "id, name, display_name, provider_type, enabled, source, config::text, encrypted_credentials IS NOT NULL, credentials_hint, created_at, xmin";

    public static ProviderItem Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetString(3), row.GetBoolean(4), row.GetString(5),
        new RawJson(Shown(row.GetString(6))), new CredentialsItem(row.GetBoolean(7), row.IsDBNull(8) ? null : row.GetString(8)),
        row.GetFieldValue<DateTimeOffset>(9), Precondition.TagOf(row.GetFieldValue<uint>(10)));

    // By hand, a password may have been written into the URL, which makes the row useless; and here it is not shown.
    private static string Shown(string config)
    {
        using var document = JsonDocument.Parse(config);
        var members = document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Name == "base_url"
            && member.Value.ValueKind == JsonValueKind.String
            ? JsonSerializer.SerializeToElement(SecretsInUrls.Masked(member.Value.GetString()!))
            : member.Value);
        return CanonicalJson.Write(JsonSerializer.SerializeToElement(members));
    }
}

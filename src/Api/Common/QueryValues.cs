using System.Globalization;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;

namespace CleanGateway.Api.Common;

/// <summary>Reads values of the query string, so that a wrong one gets an answer that names it.</summary>
internal static class QueryValues
{
    public static bool Flag(string name, string? given) => given switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw new GatewayException(GatewayError.Invalid($"'{name}' is '{given}': expected true or false.", name, "invalid_value")),
    };

    public static bool? FlagOrNull(string name, string? given) => given is null ? null : Flag(name, given);

    public static Guid? Id(string name, string? given) => given is null ? null
        : Guid.TryParse(given, out var id) ? id
        : throw new GatewayException(GatewayError.Invalid($"'{name}' is '{StorableText.Safe(given)}': expected an id (UUID).", name, "invalid_value"));

    public static PageRequest Page(string? limit, string? cursor) => limit is null
        ? new PageRequest(Cursor: cursor)
        : new PageRequest(Number("limit", limit, PageRequest.MaxLimit), cursor);

    public static int Limit(string? given) => given is null ? ListRequests.DefaultLimit : Number("limit", given, ListRequests.MaxLimit);

    // Bounds are the message's to check; the largest is only told.
    private static int Number(string name, string given, int max) => int.TryParse(given, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new GatewayException(GatewayError.Invalid($"'{name}' is '{given}': expected a number from 1 to {max}.", name, "invalid_value"));
}

/// <summary>A list as OpenAI's API shapes them.</summary>
internal sealed record ItemList<T>(string Object, IReadOnlyList<T> Data);

internal static class ItemList
{
    public static ItemList<T> Of<T>(IReadOnlyList<T> items) => new("list", items);
}

using System.Globalization;

namespace CleanGateway.Infrastructure.Configuration;

/// <summary>A database's address as libpq's programs read it from the environment (PostgreSQL documentation, 34.15).</summary>
internal static class LibpqVariables
{
    public static IEnumerable<(string Name, string Value)> Of(DatabaseUrl url)
    {
        yield return ("PGHOST", string.Join(',', url.Hosts.Select(host => host.Host)));
        yield return ("PGPORT", string.Join(',', url.Hosts.Select(host => host.Port.ToString(CultureInfo.InvariantCulture))));
        yield return ("PGUSER", url.User);
        yield return ("PGDATABASE", url.Database);
        if (url.Password is { } password)
            yield return ("PGPASSWORD", password);

        foreach (var (name, value) in url.Parameters)
            yield return ($"PG{VariableOf(name)}", value);
    }

    private static string VariableOf(string parameter) => parameter switch
    {
        "channel_binding" => "CHANNELBINDING",
        "connect_timeout" => "CONNECT_TIMEOUT",
        "application_name" => "APPNAME",
        "target_session_attrs" => "TARGETSESSIONATTRS",
        _ => parameter.ToUpperInvariant(),
    };
}

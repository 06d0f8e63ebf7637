using System.Globalization;
using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.Api.CommandLine;

/// <summary>Moments as operators type and read them; without an offset they are in UTC.</summary>
internal static class CommandMoments
{
    /// <exception cref="StartException">It is none.</exception>
    public static DateTimeOffset? Read(string option, string? given) => given is null ? null
        : DateTimeOffset.TryParse(given, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
        : throw new StartException($"{option} is '{given}': expected a date and time like 2027-01-31T00:00:00Z");

    public static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public static string TextOrNever(DateTimeOffset? moment) => moment is { } at ? Text(at) : "never";
}

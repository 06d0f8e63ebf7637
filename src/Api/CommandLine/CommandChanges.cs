using System.CommandLine;
using CleanGateway.Application.Common;

namespace CleanGateway.Api.CommandLine;

/// <summary>Options of commands that change something: one that is left out leaves what it is about as it is.</summary>
internal static class CommandChanges
{
    /// <summary>What an option that takes a member away again is given.</summary>
    public const string None = "none";

    public static Change<T> Of<T>(ParseResult parsed, Option<T?> option) where T : struct => parsed.GetValue(option) is { } given ? given : default(Change<T>);

    public static Change<string> Of(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { } given ? given : default(Change<string>);

    /// <summary><see cref="None"/> takes it away.</summary>
    public static Change<string?> OrNone(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } given ? new Change<string?>(given == None ? null : given) : default;
}

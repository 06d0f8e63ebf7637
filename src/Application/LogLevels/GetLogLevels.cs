using CleanGateway.Application.Common;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Application.LogLevels;

/// <summary>How much the log of this gateway tells.</summary>
public sealed record GetLogLevels : IQuery<LogLevelState>;

/// <param name="Level">The least that is told.</param>
/// <param name="Sources">What goes before that for sources whose names begin so; the longest name counts.</param>
/// <param name="Configured">The level by the settings, which comes back in the end.</param>
/// <param name="ExpiresAt">When it does; null: with the gateway's next start, or it is in use.</param>
public sealed record LogLevelState(LogLevel Level, IReadOnlyDictionary<string, LogLevel> Sources, LogLevel Configured, DateTimeOffset? ExpiresAt);

/// <summary>Decides how much the log of this gateway tells.</summary>
public interface ILogLevels
{
    LogLevelState Current { get; }

    /// <summary>The least level that a source may have, because below it tells what may be secret; null: any.</summary>
    LogLevel? LeastOf(string source);

    /// <summary>Takes effect at once.</summary>
    /// <param name="level">Null: as the settings say.</param>
    /// <param name="duration">After which everything is as the settings say; null: it stays.</param>
    LogLevelState Set(LogLevel? level, IReadOnlyDictionary<string, LogLevel> sources, TimeSpan? duration);
}

using CleanGateway.Application.Common;
using CleanGateway.Domain.AuditLog;
using CleanGateway.Domain.Common;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Logging;

namespace CleanGateway.Application.LogLevels;

/// <summary>Says how much the log of this gateway tells from now on, in place of what was said before.</summary>
/// <param name="Level">The least that is told; null: as the settings say.</param>
/// <param name="Sources">What goes before that for sources whose names begin so; the longest name counts.</param>
/// <param name="ExpiresInSeconds">After which all is as the settings say; null: at the gateway's next start.</param>
public sealed record SetLogLevels(LogLevel? Level = null, IReadOnlyDictionary<string, LogLevel>? Sources = null, int? ExpiresInSeconds = null)
    : ICommand<LogLevelState>;

internal sealed class SetLogLevelsValidator : AbstractValidator<SetLogLevels>
{
    private const int MostSources = 50;
    private const int LongestSource = 200;
    private const int LongestSeconds = 7 * 24 * 60 * 60;

    public SetLogLevelsValidator(ILogLevels levels)
    {
        RuleFor(command => command.ExpiresInSeconds).InclusiveBetween(1, LongestSeconds);
        RuleFor(command => command.Sources).Must(sources => sources is not { Count: > MostSources })
            .WithMessage($"'sources' has too many members: expected at most {MostSources}.");
        RuleFor(command => command.Sources).Custom((sources, check) =>
        {
            foreach (var (source, level) in sources ?? new Dictionary<string, LogLevel>())
            {
                if (!IsName(source))
                {
                    check.AddFailure(
                        $"'sources' has a name that is none of a source: expected 1 to {LongestSource} letters, digits, dots and underscores, "
                        + "like CleanGateway.Infrastructure.");
                }
                else if (levels.LeastOf(source) is { } least && level < least)
                {
                    check.AddFailure(
                        $"'{source}' is {level.ToSnakeCase()}: expected {least.ToSnakeCase()} or less talkative, "
                        + "because below that it tells what may be secret.");
                }
            }
        });
    }

    private static bool IsName(string source) =>
        source.Length is > 0 and <= LongestSource && source.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_');
}

internal sealed partial class SetLogLevelsHandler(ILogLevels levels, IAuditRecords audit, IUnitOfWork unitOfWork, ILogger<SetLogLevelsHandler> logger)
    : IRequestHandler<SetLogLevels, LogLevelState>
{
    public async Task<LogLevelState> Handle(SetLogLevels command, CancellationToken cancellationToken)
    {
        var sources = command.Sources ?? new Dictionary<string, LogLevel>();
        string[] changed = ["level", .. sources.Keys.Order(StringComparer.Ordinal)];
        audit.Add(new AuditedChange("log_levels", TargetId: null, command.Level?.ToSnakeCase(), changed));
        await unitOfWork.SaveChangesAsync(cancellationToken);

        // Told while it can be: afterwards there may be no log.
        LogChanged(command.Level?.ToSnakeCase() ?? "configured", sources.Count, command.ExpiresInSeconds);
        return levels.Set(command.Level, sources, command.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }

    [LoggerMessage(LogLevel.Information, "The log's level is {Level} from now on, with {Sources} sources of their own, for {Seconds} s")]
    private partial void LogChanged(string level, int sources, int? seconds);
}

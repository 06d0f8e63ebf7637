using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Statistics;

namespace CleanGateway.Infrastructure.Journal;

/// <summary>Whichever journal is in use, as health, statistics and metrics see it.</summary>
internal interface IJournal : IExchangeJournal
{
    JournalStatistics Statistics { get; }

    /// <summary>Everything that an earlier process has left behind is in the database.</summary>
    bool HasCaughtUp { get; }
}

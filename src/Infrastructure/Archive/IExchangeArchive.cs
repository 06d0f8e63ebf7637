using CleanGateway.Infrastructure.Journal;

namespace CleanGateway.Infrastructure.Archive;

/// <summary>Keeps what the database has been given beyond the time that the database keeps it.</summary>
internal interface IExchangeArchive
{
    /// <summary>
    /// Takes exchanges over, as they stand in the tables. They may come again; whoever reads the archive takes the last line of
    /// each request id.
    /// </summary>
    /// <exception cref="IOException">They could not be taken; nothing says that none of them was. They are to be brought again.</exception>
    ValueTask AppendAsync(IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken);
}

/// <summary>There is no archive.</summary>
internal sealed class NoArchive : IExchangeArchive
{
    public ValueTask AppendAsync(IReadOnlyList<ExchangeRow> rows, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

namespace CleanGateway.Infrastructure.Journal;

/// <summary>Someone who has to know when a call's cost is in the ledger.</summary>
internal interface ILedgerWatch
{
    /// <summary>These are committed. Does not throw, and does not take long.</summary>
    void Written(IReadOnlyList<ExchangeRow> exchanges);
}

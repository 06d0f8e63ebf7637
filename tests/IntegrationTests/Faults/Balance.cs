namespace CleanGateway.IntegrationTests.Faults;

/// <summary>What a comparison of the books came to.</summary>
internal sealed record Balance
{
    private const int MostComplaints = 20;

    public int Calls { get; init; }
    public int Succeeded { get; init; }

    /// <summary>Calls that were refused because they could not be logged, or their keys not be looked up.</summary>
    public int TurnedAway { get; init; }

    public int Dispatched { get; init; }
    public int Rows { get; init; }

    /// <summary>Calls whose end only the next gateway could tell.</summary>
    public int Crashed { get; init; }

    /// <summary>Calls that went upstream, or were answered, and are in no row.</summary>
    public int Lost { get; private set; }

    /// <summary>Calls that went upstream or are in the database more than once.</summary>
    public int Duplicate { get; private set; }

    /// <summary>Rows that belong to no call, or to no request.</summary>
    public int Orphan { get; set; }

    /// <summary>Sums and costs that differ, by as little as a nano-dollar.</summary>
    public int SumDifferences { get; set; }

    /// <summary>Calls of which caller and database tell different things.</summary>
    public int Contradictions { get; private set; }

    /// <summary>Calls that have not ended.</summary>
    public int Open { get; private set; }

    public List<string> Complaints { get; init; } = [];

    public bool IsEven => Complaints.Count == 0 && (Lost, Duplicate, Orphan, SumDifferences, Contradictions, Open) == (0, 0, 0, 0, 0, 0);

    public void FoundLost(string complaint) => Lost = Complain(Lost, complaint);

    public void FoundDuplicate(string complaint) => Duplicate = Complain(Duplicate, complaint);

    public void FoundOrphan(string complaint) => Orphan = Complain(Orphan, complaint);

    public void FoundSumDifference(string complaint) => SumDifferences = Complain(SumDifferences, complaint);

    public void FoundContradiction(string complaint) => Contradictions = Complain(Contradictions, complaint);

    public void FoundOpen(string complaint) => Open = Complain(Open, complaint);

    public override string ToString() =>
        $"calls {Calls}, succeeded {Succeeded}, turned away {TurnedAway}, dispatched {Dispatched}, rows {Rows}, crashed {Crashed}, " +
        $"lost {Lost}, duplicate {Duplicate}, orphan {Orphan}, sum differences {SumDifferences}, contradictions {Contradictions}" + string.Concat(Complaints.Select(complaint => $"\n  {complaint}"));

    private int Complain(int before, string complaint)
    {
        if (Complaints.Count < MostComplaints)
            Complaints.Add(complaint);

        return before + 1;
    }
}

namespace CleanGateway.Application.LiteLlm;

/// <summary>What an import does, gathered while it does it.</summary>
internal sealed class ImportReport(IEnumerable<ImportNote> notes)
{
    private readonly List<ImportedRow> made = [];
    private readonly List<ImportedRow> changed = [];
    private readonly List<ImportedRow> unchanged = [];
    private readonly List<ImportedRow> conflicts = [];
    private readonly List<ImportNote> notCarriedOver = [.. notes];
    private readonly List<ImportNote> advice = [];

    public bool HasChanges => made.Count + changed.Count > 0;

    public void Made(string kind, string name, string path, string detail) => made.Add(new ImportedRow(kind, name, path, detail));

    public void Unchanged(string kind, string name, string path) => unchanged.Add(new ImportedRow(kind, name, path, ""));

    /// <summary>A row that says something else: changed, or left alone.</summary>
    public void Different(string kind, string name, string path, string detail, bool isChanged) =>
        (isChanged ? changed : conflicts).Add(new ImportedRow(kind, name, path, detail));

    public void Leave(string path, string reason) => notCarriedOver.Add(new ImportNote(path, reason));

    public void Advise(IEnumerable<ImportNote> more) => advice.AddRange(more.Except(advice));

    public LiteLlmImport Of(bool dryRun) => new(dryRun, made, changed, unchanged, conflicts, notCarriedOver, advice);
}

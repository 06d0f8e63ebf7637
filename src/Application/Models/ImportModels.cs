using CleanGateway.Application.Common;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Models;

/// <summary>
/// Takes LiteLLM's file <c>model_prices_and_context_window.json</c> into the table of models, by name: all of its valid
/// entries, or nothing. Rows that the file does not name, or does not change, are left alone.
/// </summary>
/// <param name="File">The file's bytes.</param>
/// <param name="DryRun">Tells what would change, and changes nothing.</param>
public sealed record ImportModels(ReadOnlyMemory<byte> File, bool DryRun = false) : ICommand<ModelImport>
{
    public const int MaxFileBytes = 64 * 1024 * 1024;
}

/// <param name="Changes">What was, or with a dry run would be, added and changed; in order of the names.</param>
/// <param name="Invalid">Entries that were passed over, in the order of the file.</param>
public sealed record ModelImport(
    bool DryRun, int Added, int Changed, int Unchanged, IReadOnlyList<ModelChange> Changes, IReadOnlyList<InvalidModel> Invalid);

/// <param name="Fields">What is different; empty for a new model.</param>
public sealed record ModelChange(string Model, bool IsNew, IReadOnlyList<FieldChange> Fields);

/// <param name="Old">Null: it was not there.</param>
/// <param name="New">Null: it is not there any more.</param>
public sealed record FieldChange(string Field, RawJson? Old, RawJson? New);

public sealed record InvalidModel(string Model, string Reason);

/// <summary>The table of models, as an import sees it.</summary>
public interface IModelCatalogue
{
    /// <summary>Those of the models that are there already.</summary>
    Task<IReadOnlyList<CatalogueModel>> FindAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);

    /// <summary>Adds or replaces them, all in one transaction.</summary>
    Task WriteAsync(IReadOnlyCollection<CatalogueModel> models, CancellationToken cancellationToken);
}

internal sealed class ImportModelsValidator : AbstractValidator<ImportModels>
{
    public ImportModelsValidator() => RuleFor(command => command.File)
        .Must(file => file.Length <= ImportModels.MaxFileBytes)
        .WithMessage(command => $"The file has {command.File.Length} bytes: allowed are {ImportModels.MaxFileBytes}.");
}

internal sealed class ImportModelsHandler(IModelCatalogue catalogue) : IRequestHandler<ImportModels, ModelImport>
{
    public async Task<ModelImport> Handle(ImportModels command, CancellationToken cancellationToken)
    {
        var (models, invalid) = CatalogueFile.Read(command.File);
        var found = await catalogue.FindAsync([.. models.Select(model => model.Name)], cancellationToken);
        var existing = found.ToDictionary(model => model.Name, StringComparer.Ordinal);

        var different = new List<CatalogueModel>();
        var changes = new List<ModelChange>();
        foreach (var model in models.OrderBy(model => model.Name, StringComparer.Ordinal))
        {
            var isNew = !existing.TryGetValue(model.Name, out var before);
            var fields = before is null ? [] : model.ChangesFrom(before);
            if (!isNew && fields.Count == 0)
                continue;

            different.Add(model);
            changes.Add(new ModelChange(model.Name, isNew, fields));
        }

        if (!command.DryRun && different.Count > 0)
            await catalogue.WriteAsync(different, cancellationToken);

        var added = changes.Count(change => change.IsNew);
        return new ModelImport(command.DryRun, added, changes.Count - added, models.Count - changes.Count, changes, invalid);
    }
}

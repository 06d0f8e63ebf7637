using CleanGateway.Application.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Usage;
using FluentValidation;

namespace CleanGateway.Application.Projects;

/// <summary>Projects, in order of their names.</summary>
/// <param name="Name">The one of exactly this name only.</param>
public sealed record ListProjects(PageRequest Page, string? Name = null) : IQuery<Page<ProjectItem>>;

/// <inheritdoc cref="Project"/>
/// <param name="Keys">How many API keys belong to it.</param>
public sealed record ProjectItem(Guid Id, string Name, bool Enabled, long Keys, UsageLimits Limits, DateTimeOffset CreatedAt, string Etag) : ITagged
{
    internal static ProjectItem From(Project project, long keys) => new(
        project.Id.Value, project.Name, project.Enabled, keys, project.Limits, project.CreatedAt, Precondition.TagOf(project.Version));
}

internal sealed class ListProjectsValidator : AbstractValidator<ListProjects>
{
    public ListProjectsValidator() => RuleFor(query => query.Page).SetValidator(new PageRequestValidator()).OverridePropertyName("");
}

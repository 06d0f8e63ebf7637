using System.Text.Json.Serialization;
using CleanGateway.Application.Common;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Projects;

/// <summary>Changes what is said of a project; all else stays as it is. <c>project_not_found</c> if there is none of that id.</summary>
public sealed record ChangeProject : ICommand<ProjectItem>
{
    [JsonIgnore]
    public Guid Id { get; init; }

    [JsonIgnore]
    public Precondition IfMatch { get; init; } = Precondition.Any;

    public Change<string> Name { get; init; }

    /// <summary>The keys of a project that is not enabled open nothing.</summary>
    public Change<bool> Enabled { get; init; }

    public LimitChanges? Limits { get; init; }
}

internal sealed class ChangeProjectValidator : AbstractValidator<ChangeProject>
{
    public ChangeProjectValidator()
    {
        RuleFor(command => command.Name.Value).IsName(Project.MaxNameLength)
            .When(command => command.Name.IsGiven).OverridePropertyName(nameof(ChangeProject.Name));
        RuleFor(command => command.Limits!.Of(UsageLimits.None)).SetValidator(new UsageLimitsValidator())
            .When(command => command.Limits is not null).OverridePropertyName(nameof(ChangeProject.Limits));
    }
}

internal sealed class ChangeProjectHandler(IProjectRepository projects, IUnitOfWork unitOfWork) : IRequestHandler<ChangeProject, ProjectItem>
{
    public async Task<ProjectItem> Handle(ChangeProject command, CancellationToken cancellationToken)
    {
        var project = await projects.FindAsync(new ProjectId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("project", command.Id.ToString()));
        command.IfMatch.Check(project.Version);

        if (command.Name.IsGiven && command.Name.Value != project.Name)
        {
            if (await projects.FindAsync(command.Name.Value, cancellationToken) is not null)
                throw new GatewayException(ProjectErrors.Exists(command.Name.Value));

            project.Rename(command.Name.Value);
        }

        project.Enable(command.Enabled.Or(project.Enabled));
        project.Limit(command.Limits?.Of(project.Limits) ?? project.Limits);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return ProjectItem.From(project, await projects.CountKeysAsync(project.Id, cancellationToken));
    }
}

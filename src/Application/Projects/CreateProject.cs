using CleanGateway.Application.Common;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Projects;

/// <summary>Makes a project, to which keys can then belong.</summary>
/// <param name="Limits">What all its keys together may use; null: there are no such limits.</param>
public sealed record CreateProject(string Name, UsageLimits? Limits = null) : ICreateCommand<ProjectItem>;

internal sealed class CreateProjectValidator : AbstractValidator<CreateProject>
{
    public CreateProjectValidator()
    {
        RuleFor(command => command.Name).IsName(Project.MaxNameLength);
        RuleFor(command => command.Limits!).SetValidator(new UsageLimitsValidator());
    }
}

internal sealed class CreateProjectHandler(IProjectRepository projects, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<CreateProject, ProjectItem>
{
    public async Task<ProjectItem> Handle(CreateProject command, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(command.Name, cancellationToken) is not null)
            throw new GatewayException(ProjectErrors.Exists(command.Name));

        var project = Project.Create(command.Name, command.Limits ?? UsageLimits.None, clock.GetStorableNow());
        projects.Add(project);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return ProjectItem.From(project, keys: 0);
    }
}

internal static class ProjectErrors
{
    public static GatewayError Exists(string name) =>
        new(GatewayErrorKind.Conflict, "project_exists", $"There is a project '{name}' already.", "name");
}

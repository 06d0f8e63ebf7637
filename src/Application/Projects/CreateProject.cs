using CleanGateway.Application.Common;
using CleanGateway.Application.Usage;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using CleanGateway.Domain.Usage;
using FluentValidation;
using MediatR;

namespace CleanGateway.Application.Projects;

/// <summary>Makes a project, to which keys can then belong.</summary>
public sealed record CreateProject(string Name, UsageLimits? Limits = null) : ICommand<CreatedProject>;

public sealed record CreatedProject(Guid Id, string Name);

internal sealed class CreateProjectValidator : AbstractValidator<CreateProject>
{
    public CreateProjectValidator()
    {
        RuleFor(command => command.Name).NotEmpty().MaximumLength(Project.MaxNameLength);
        RuleFor(command => command.Limits!).SetValidator(new UsageLimitsValidator()).OverridePropertyName("");
    }
}

internal sealed class CreateProjectHandler(IProjectRepository projects, IUnitOfWork unitOfWork, TimeProvider clock)
    : IRequestHandler<CreateProject, CreatedProject>
{
    public async Task<CreatedProject> Handle(CreateProject command, CancellationToken cancellationToken)
    {
        if (await projects.FindAsync(command.Name, cancellationToken) is not null)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "project_exists", $"There is a project '{command.Name}' already.", "name"));
        }

        var project = Project.Create(command.Name, command.Limits ?? UsageLimits.None, clock.GetUtcNow());
        projects.Add(project);
        await unitOfWork.SaveChangesAsync(cancellationToken);

        return new CreatedProject(project.Id.Value, project.Name);
    }
}

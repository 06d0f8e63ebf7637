using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Projects;
using MediatR;

namespace CleanGateway.Application.Projects;

/// <summary>
/// Takes a project away that no key belongs to; what its keys once used stays in the ledger. <c>project_not_found</c>,
/// or <c>project_in_use</c>.
/// </summary>
public sealed record DeleteProject(Guid Id, Precondition IfMatch) : ICommand<Unit>;

internal sealed class DeleteProjectHandler(IProjectRepository projects, IUnitOfWork unitOfWork) : IRequestHandler<DeleteProject, Unit>
{
    public async Task<Unit> Handle(DeleteProject command, CancellationToken cancellationToken)
    {
        var project = await projects.FindAsync(new ProjectId(command.Id), cancellationToken)
            ?? throw new GatewayException(GatewayError.NotFound("project", command.Id.ToString()));
        command.IfMatch.Check(project.Version);

        if (await projects.CountKeysAsync(project.Id, cancellationToken) is > 0 and var keys)
        {
            throw new GatewayException(new GatewayError(
                GatewayErrorKind.Conflict, "project_in_use", $"{keys} API keys belong to the project '{project.Name}': delete them first, or move them."));
        }

        projects.Remove(project);
        await unitOfWork.SaveChangesAsync(cancellationToken);
        return Unit.Value;
    }
}

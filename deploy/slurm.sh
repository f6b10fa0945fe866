#!/bin/bash
# A night of tamrex on a cluster: `sbatch slurm.sh`. Edit the lines below, the folder and the query.
#SBATCH --job-name=tamrex
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=6G
#SBATCH --time=04:00:00
# Only this script is told, two minutes before the time is up. By USR1, since `scancel` sends TERM to every
# process: a run that got TERM from both would take it for the second signal and stop at once.
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x.log
#SBATCH --mail-type=FAIL,REQUEUE
set -u

# Holds tamrex.env, the store and the tables; SQLite wants a file system with locks.
folder=${TAMREX_FOLDER:-$HOME/tamrex-nightly}
most_restarts=20

cd "$folder" || exit 2
set -a
# shellcheck source=deploy/tamrex.env
. ./tamrex.env
set +a

time_is_up=no
# shellcheck disable=SC2317  # called by the trap
asked_to_stop() {
    time_is_up=yes
    kill -TERM "$run"
}
trap asked_to_stop USR1
# TERM reaches the run without us; the script has to outlive it to give its code.
trap : TERM

"$HOME/tamrex/.venv/bin/tamrex" --log-format json run --query "$QUERY" --update --keep 14 \
    --workers "${SLURM_CPUS_PER_TASK:-1}" &
run=$!
# A signal ends `wait` before the run has ended.
while true; do
    wait "$run"
    code=$?
    kill -0 "$run" 2>/dev/null || break
done

if [ "$time_is_up" = yes ] && [ "$code" -eq 143 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt "$most_restarts" ]; then
    # All finished work is saved: the same job, begun again, goes on with it.
    scontrol requeue "$SLURM_JOB_ID" && sleep 60
fi
exit "$code"
